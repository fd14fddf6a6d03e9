/* The least that a server can do: gives every request the same answer over kept connections.
 *
 * Epoll, no parsing but of Content-Length, and for each request as much time of a processor as it is
 * told to take: what is slow all the same is the machine, the kernel, the client and the queue. As
 * many threads serve as it is told, to which the connections are dealt in turn. Arguments: port of
 * the loopback, file of the whole answer, threads, microseconds a request.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>

enum { REQUEST = 1 << 16, EVENTS = 64, QUEUE = 1024, MOST_THREADS = 64 };

typedef struct {
    int socket;
    size_t got;
    char request[REQUEST];
} Link;

static char *answer;
static size_t size;
static int64_t busy; /* nanoseconds a request */

static void give_up(const char *what) {
    fprintf(stderr, "%s: %s\n", what, strerror(errno));
    exit(1);
}

static int64_t now(void) {
    struct timespec at;
    clock_gettime(CLOCK_MONOTONIC, &at);
    return at.tv_sec * 1000000000LL + at.tv_nsec;
}

static void read_answer(const char *path) {
    FILE *file = fopen(path, "rb");
    if (!file)
        give_up(path);
    fseek(file, 0, SEEK_END);
    size = (size_t)ftell(file);
    rewind(file);
    answer = malloc(size);
    if (fread(answer, 1, size, file) != size)
        give_up(path);
}

/* Gives the bytes of the first whole request, 0 when more must come. */
static size_t measure_request(const Link *link) {
    char *end = strstr(link->request, "\r\n\r\n");
    char *length = end ? strcasestr(link->request, "\r\ncontent-length:") : NULL;
    if (!end)
        return 0;
    size_t body = length && length < end ? strtoul(length + 17, NULL, 10) : 0;
    size_t whole = (size_t)(end + 4 - link->request) + body;
    return link->got >= whole ? whole : 0;
}

/* Gives 0 when the connection is to be closed. */
static int serve(Link *link) {
    ssize_t count = recv(link->socket, link->request + link->got, REQUEST - 1 - link->got, 0);
    if (count <= 0)
        return count < 0 && errno == EAGAIN;
    link->got += (size_t)count;
    for (;;) {
        link->request[link->got] = 0;
        size_t whole = measure_request(link);
        if (!whole)
            return link->got < REQUEST - 1;
        for (int64_t until = now() + busy; busy && now() < until;)
            ;
        if (send(link->socket, answer, size, MSG_NOSIGNAL) != (ssize_t)size)
            return 0;
        memmove(link->request, link->request + whole, link->got -= whole);
    }
}

static void *serve_connections(void *given) {
    struct epoll_event events[EVENTS];
    for (;;) {
        int found = epoll_wait(*(int *)given, events, EVENTS, -1);
        for (int place = 0; place < found; place++) {
            Link *link = events[place].data.ptr;
            if (!serve(link)) {
                close(link->socket);
                free(link);
            }
        }
    }
    return NULL;
}

int main(int count, char **words) {
    int threads = count == 5 ? atoi(words[3]) : 0, pollers[MOST_THREADS];
    if (threads < 1 || threads > MOST_THREADS)
        return 2;
    read_answer(words[2]);
    busy = (int64_t)(atof(words[4]) * 1000);
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(words[1]))};
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int one = 1, listener = socket(AF_INET, SOCK_STREAM, 0);
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    for (int place = 0; place < threads; place++) {
        pthread_t thread;
        pollers[place] = epoll_create1(0);
        if (pthread_create(&thread, NULL, serve_connections, pollers + place))
            give_up("pthread_create");
    }
    if (bind(listener, (struct sockaddr *)&at, sizeof at) || listen(listener, QUEUE))
        give_up("listen");
    for (int next = 0;; next = (next + 1) % threads) {
        int made = accept4(listener, NULL, NULL, SOCK_NONBLOCK);
        if (made < 0)
            continue;
        setsockopt(made, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
        Link *link = calloc(1, sizeof *link);
        link->socket = made;
        struct epoll_event event = {.events = EPOLLIN, .data.ptr = link};
        epoll_ctl(pollers[next], EPOLL_CTL_ADD, made, &event);
    }
}
