/* Users who post one request through servers in a row, again and again: what a server answers is
 * posted to the next one at once, with its content type. Each user keeps one connection a server.
 *
 * Arguments: seconds, users, path, content type, file of the body, then the servers' ports on the
 * loopback. Prints JSON, latencies in microseconds; ends with 1 at the first answer that is no 200.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>

#include "latencies.h"

enum { MOST_SERVERS = 8, MOST_USERS = 512, HEAD = 1024, BLOCK = 1 << 16, PATIENCE_MS = 30000 };

typedef struct {
    int sockets[MOST_SERVERS], turn;
    int64_t began;
    char *out, *in; /* the request under way, and what has come of its answer */
    size_t size, sent, room, got, capacity;
} User;

static int servers, ports[MOST_SERVERS], poller;
static const char *path;
static int64_t most; /* latencies that there is room for */

static void give_up(const char *what, const char *why) {
    fprintf(stderr, "%s: %s\n", what, why);
    exit(1);
}

static void join(User *user, int turn) {
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons((uint16_t)ports[turn])};
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int one = 1, link = socket(AF_INET, SOCK_STREAM, 0);
    if (link < 0 || connect(link, (struct sockaddr *)&at, sizeof at))
        give_up("connect", strerror(errno));
    setsockopt(link, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    fcntl(link, F_SETFL, O_NONBLOCK);
    struct epoll_event event = {.events = EPOLLIN | EPOLLOUT | EPOLLET, .data.ptr = user};
    if (epoll_ctl(poller, EPOLL_CTL_ADD, link, &event))
        give_up("epoll_ctl", strerror(errno));
    user->sockets[turn] = link;
}

static void send_more(User *user) {
    while (user->sent < user->size) {
        ssize_t count = send(user->sockets[user->turn], user->out + user->sent,
                             user->size - user->sent, MSG_NOSIGNAL);
        if (count < 0 && errno == EAGAIN)
            return;
        if (count < 0)
            give_up("send", strerror(errno));
        user->sent += (size_t)count;
    }
}

static void post(User *user, int turn, const char *kind, int kind_size, const char *body,
                 size_t size) {
    if (user->room < size + HEAD)
        user->out = realloc(user->out, user->room = size + HEAD);
    int head = snprintf(user->out, HEAD,
                        "POST %s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nContent-Type: %.*s\r\n"
                        "Content-Length: %zu\r\n\r\n",
                        path, ports[turn], kind_size, kind, size);
    if (head >= HEAD)
        give_up("a server answered", "a content type that is too long");
    memcpy(user->out + head, body, size);
    user->turn = turn;
    user->size = (size_t)head + size;
    user->sent = user->got = 0;
    send_more(user);
}

/* Gives the value of a head's field, or NULL; `name` has the line break before it. */
static const char *find(const char *head, const char *name) {
    const char *at = strcasestr(head, name);
    return at ? at + strlen(name) + strspn(at + strlen(name), " \t") : NULL;
}

/* Gives the body once the whole answer is there, behind a head that ends with a zero byte, or NULL. */
static char *receive(User *user) {
    for (;;) {
        if (user->capacity < user->got + BLOCK)
            user->in = realloc(user->in, user->capacity = 2 * user->capacity + 2 * BLOCK);
        ssize_t count = recv(user->sockets[user->turn], user->in + user->got, BLOCK - 1, 0);
        if (count < 0 && errno == EAGAIN)
            return NULL;
        if (count <= 0)
            give_up("a server closed a connection", "in the middle of an answer");
        user->got += (size_t)count;
        user->in[user->got] = 0;
        char *end = strstr(user->in, "\r\n\r\n");
        if (!end)
            continue;
        *end = 0;
        if (strncmp(user->in, "HTTP/1.1 200 ", 13)) {
            user->in[strcspn(user->in, "\r")] = 0;
            give_up("a server answered", user->in);
        }
        const char *length = find(user->in, "\r\ncontent-length:");
        if (!length)
            give_up("a server answered", "without Content-Length");
        if (user->got >= (size_t)(end + 4 - user->in) + strtoul(length, NULL, 10))
            return end + 4;
        *end = '\r';
    }
}

static void begin(User *user, const char *kind, const char *body, size_t size) {
    user->began = now();
    post(user, 0, kind, (int)strlen(kind), body, size);
}

static void note(int64_t latency) {
    if (done == most)
        latencies = realloc(latencies, (size_t)(most = 2 * most + 1024) * sizeof *latencies);
    latencies[done++] = latency;
}

int main(int count, char **words) {
    int users = count > 6 ? atoi(words[2]) : 0;
    servers = count - 6;
    if (users < 1 || users > MOST_USERS || servers > MOST_SERVERS)
        return 2;
    double seconds = atof(words[1]);
    path = words[3];
    FILE *file = fopen(words[5], "rb");
    if (!file)
        give_up(words[5], strerror(errno));
    fseek(file, 0, SEEK_END);
    size_t size = (size_t)ftell(file);
    rewind(file);
    char *body = malloc(size + 1);
    if (fread(body, 1, size, file) != size)
        give_up(words[5], "cannot be read");
    poller = epoll_create1(0);
    User *all = calloc((size_t)users, sizeof *all);
    for (int turn = 0; turn < servers; turn++)
        ports[turn] = atoi(words[6 + turn]);
    for (int place = 0; place < users; place++)
        for (int turn = 0; turn < servers; turn++)
            join(all + place, turn);
    int64_t began = now(), until = began + (int64_t)(seconds * 1e9);
    for (int place = 0; place < users; place++)
        begin(all + place, words[4], body, size);
    struct epoll_event events[MOST_USERS];
    while (now() < until) {
        int found = epoll_wait(poller, events, MOST_USERS, PATIENCE_MS);
        if (found == 0)
            give_up("no server said anything", "for 30 s");
        for (int place = 0; place < found; place++) {
            User *user = events[place].data.ptr;
            send_more(user);
            char *answer = user->sent == user->size ? receive(user) : NULL;
            if (!answer)
                continue;
            const char *kind = find(user->in, "\r\ncontent-type:");
            const char *last = find(user->in, "\r\nconnection:");
            int turn = user->turn;
            if (last && !strncasecmp(last, "close", 5)) {
                close(user->sockets[turn]);
                join(user, turn);
            }
            if (turn + 1 < servers) {
                int kind_size = kind ? (int)strcspn(kind, "\r") : 0;
                size_t length = user->got - (size_t)(answer - user->in);
                post(user, turn + 1, kind, kind_size, answer, length);
            } else {
                note(now() - user->began);
                begin(user, words[4], body, size);
            }
        }
    }
    double took = (double)(now() - began) / 1e3;
    sort_latencies();
    printf("{\"requests\": %lld, \"microseconds\": %.0f, \"p50\": %.1f, \"p99\": %.1f,"
           " \"p999\": %.1f, \"failed\": 0}\n",
           (long long)done, took, quantile(0.5), quantile(0.99), quantile(0.999));
    return 0;
}
