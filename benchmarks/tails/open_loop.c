/* Posts one request at a constant rate over kept connections, and times each from when it was due.
 *
 * A client that waits for an answer before it asks again sends less while a server is slow, and
 * leaves the long waits out. Here a request is due whatever the server does: where no connection is
 * free it waits for one, and that wait counts. Arguments: port of the loopback, requests a second,
 * seconds, connections, file of the whole request. Prints JSON, latencies in microseconds.
 *
 * This client shares processors with the server, and is late itself at times. `late` is how long after
 * they were due requests were sent though a connection was free, `queued` how many found none, and
 * `served` the time from the sending of a request until the kernel had the answer, read or not.
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
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#include "../load/latencies.h"

enum { ANSWER = 1 << 20, MOST_CONNECTIONS = 512 };
static const int64_t PATIENCE = 30000000000; /* nanoseconds after the last request is due */

typedef struct {
    int socket, busy;
    int64_t due;              /* of the request that it carries */
    int64_t started, arrived; /* its sending, and the arrival of its answer by the kernel's stamp */
    size_t sent, got, whole;
    char *answer;
} Link;

static char *text;
static size_t size;
static int poller;
static int64_t failed, queued;
static int64_t *late, delays, *served; /* nanoseconds; as many `served` as latencies */
static int64_t real_time;             /* CLOCK_REALTIME, which the kernel stamps with, minus now() */

static void give_up(const char *what) {
    fprintf(stderr, "%s: %s\n", what, strerror(errno));
    exit(1);
}

static void join(Link *link, int port) {
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int one = 1;
    link->socket = socket(AF_INET, SOCK_STREAM, 0);
    if (link->socket < 0 || connect(link->socket, (struct sockaddr *)&at, sizeof at))
        give_up("connect");
    setsockopt(link->socket, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    setsockopt(link->socket, SOL_SOCKET, SO_TIMESTAMPNS, &one, sizeof one);
    fcntl(link->socket, F_SETFL, O_NONBLOCK);
    struct epoll_event event = {.events = EPOLLIN | EPOLLOUT | EPOLLET, .data.ptr = link};
    if (epoll_ctl(poller, EPOLL_CTL_ADD, link->socket, &event))
        give_up("epoll_ctl");
    link->busy = 0;
}

static int write_more(Link *link) {
    while (link->sent < size) {
        ssize_t count = send(link->socket, text + link->sent, size - link->sent, MSG_NOSIGNAL);
        if (count < 0)
            return errno == EAGAIN;
        link->sent += (size_t)count;
    }
    return 1;
}

static void start(Link *link, int64_t due) {
    link->busy = 1;
    link->due = due;
    link->started = now();
    link->arrived = 0;
    link->sent = link->got = link->whole = 0;
    write_more(link); /* an error is told again when the answer is read */
}

static ssize_t receive(Link *link) {
    char control[CMSG_SPACE(sizeof(struct timespec))];
    struct iovec place = {link->answer + link->got, ANSWER - 1 - link->got};
    struct msghdr message = {.msg_iov = &place, .msg_iovlen = 1, .msg_control = control,
                             .msg_controllen = sizeof control};
    ssize_t count = recvmsg(link->socket, &message, 0);
    struct cmsghdr *found = count > 0 ? CMSG_FIRSTHDR(&message) : NULL;
    if (found && found->cmsg_level == SOL_SOCKET && found->cmsg_type == SCM_TIMESTAMPNS) {
        struct timespec at;
        memcpy(&at, CMSG_DATA(found), sizeof at);
        link->arrived = at.tv_sec * 1000000000LL + at.tv_nsec - real_time;
    }
    return count;
}

/* Gives 1 when the whole answer is there, 0 when more will come, -1 when the connection ended. */
static int read_more(Link *link) {
    for (;;) {
        ssize_t count = receive(link);
        if (count == 0 || (count < 0 && errno != EAGAIN))
            return -1;
        if (count < 0)
            return 0;
        link->got += (size_t)count;
        link->answer[link->got] = 0;
        if (!link->whole) {
            char *end = strstr(link->answer, "\r\n\r\n");
            char *length = end ? strcasestr(link->answer, "\r\ncontent-length:") : NULL;
            if (end && (!length || length > end))
                return -1;
            if (end)
                link->whole = (size_t)(end + 4 - link->answer) + strtoul(length + 17, NULL, 10);
        }
        if (link->whole && link->got >= link->whole)
            return 1;
    }
}

int main(int count, char **words) {
    if (count != 6)
        return 2;
    int port = atoi(words[1]), links = atoi(words[4]);
    double rate = atof(words[2]), seconds = atof(words[3]);
    FILE *file = fopen(words[5], "rb");
    if (!file || links < 1 || links > MOST_CONNECTIONS)
        give_up(words[5]);
    fseek(file, 0, SEEK_END);
    size = (size_t)ftell(file);
    rewind(file);
    text = malloc(size);
    if (fread(text, 1, size, file) != size)
        give_up(words[5]);
    prctl(PR_SET_TIMERSLACK, 1UL);
    poller = epoll_create1(0);
    Link *all = calloc((size_t)links, sizeof *all);
    for (int place = 0; place < links; place++) {
        all[place].answer = malloc(ANSWER);
        join(all + place, port);
    }
    int64_t most = (int64_t)(rate * seconds), began = now() + 1000000, next = 0;
    latencies = malloc((size_t)most * sizeof *latencies);
    served = malloc((size_t)most * sizeof *served);
    late = malloc((size_t)most * sizeof *late);
    struct timespec wall;
    clock_gettime(CLOCK_REALTIME, &wall);
    real_time = wall.tv_sec * 1000000000LL + wall.tv_nsec - now();
    int free_link = 1;
    struct epoll_event events[MOST_CONNECTIONS];
    while (done + failed < most) {
        int64_t at = now();
        for (int place = 0; place < links && next < most; place++) {
            int64_t due = began + (int64_t)((double)next * 1e9 / rate);
            if (due > at)
                break;
            if (!all[place].busy) {
                start(all + place, due);
                if (free_link)
                    late[delays++] = all[place].started - due;
                else
                    queued++;
                next++;
            }
        }
        free_link = 0;
        for (int place = 0; place < links; place++)
            free_link |= !all[place].busy;
        int64_t due = began + (int64_t)((double)next * 1e9 / rate);
        int64_t wait = next < most && free_link ? due - now() : 1000000000;
        struct timespec left = {wait > 0 ? wait / 1000000000 : 0, wait > 0 ? wait % 1000000000 : 0};
        int found = epoll_pwait2(poller, events, MOST_CONNECTIONS, &left, NULL);
        int64_t ended = now();
        for (int place = 0; place < found; place++) {
            Link *link = events[place].data.ptr;
            int state = link->busy && !write_more(link) ? -1 : read_more(link);
            if (state == 0 || (state == 1 && !link->busy))
                continue;
            if (state == 1 && !strncmp(link->answer, "HTTP/1.1 200 ", 13)) {
                served[done] = (link->arrived ? link->arrived : ended) - link->started;
                latencies[done++] = ended - link->due;
            } else
                failed += link->busy;
            link->busy = 0;
            if (state < 0 || strcasestr(link->answer, "\r\nconnection: close\r\n")) {
                close(link->socket);
                join(link, port);
            }
        }
        if (ended > began + (int64_t)(seconds * 1e9) + PATIENCE) {
            failed = most - done;
            break;
        }
    }
    double took = (double)(now() - began) / 1e3;
    sort_latencies();
    sort_times(served, done);
    sort_times(late, delays);
    printf("{\"requests\": %lld, \"failed\": %lld, \"queued\": %lld, \"microseconds\": %.0f,"
           " \"p50\": %.1f, \"p99\": %.1f, \"p999\": %.1f, \"most\": %.1f,"
           " \"served_p50\": %.1f, \"served_p99\": %.1f, \"served_p999\": %.1f,"
           " \"late_p50\": %.1f, \"late_p99\": %.1f, \"late_p999\": %.1f}\n",
           (long long)done, (long long)failed, (long long)queued, took, quantile(0.5),
           quantile(0.99), quantile(0.999), quantile(1), find_quantile(served, done, 0.5),
           find_quantile(served, done, 0.99), find_quantile(served, done, 0.999),
           find_quantile(late, delays, 0.5), find_quantile(late, delays, 0.99),
           find_quantile(late, delays, 0.999));
    return 0;
}
