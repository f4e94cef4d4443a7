// A load generator for one server on this machine: one thread, N keep-alive connections, each
// with one request at a time. It measures between a warm-up and a settling phase, in which it
// answers every mail that is still under way, so that what it has seen can be compared with what
// the server has stored. Build: gcc -O2 -o load load.c
//
//   get      GET --path, again and again
//   sign     POST --body to --path; the first '#' in the body becomes a number, never the same
//   count    sign, and POST every secret that comes out of --fifo to /c
//
// Prints one JSON object; ends with 1 if anything but the expected was answered.

#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { MOST_CONNECTIONS = 1024, REQUEST_SIZE = 8192, RESPONSE_SIZE = 256 * 1024 };
enum { SECRET_SIZE = 43, SECRET_ROOM = 1 << 16, MOST_BROKEN = 1000 };
static const double SETTLE_SECONDS = 60;

// The page that says "you are counted" has the withdrawal code in an element of this class; the
// pages that say anything else have not.
static const char *const COUNTED_MARK = "class=\"withdraw\"";

enum kind { GET, SIGN, CONFIRM, KINDS };
static const char *const KIND_NAMES[KINDS] = {"get", "sign", "confirm"};
enum phase { WARM_UP, MEASURED, SETTLING };

static struct {
    const char *mode, *path, *host, *fifo;
    char *body_before, *body_after;
    char headers[4096];
    int port, connections, expect, pid;
    double warm_up, seconds;
    long requests;   // measured ones after which to stop; 0: only the time counts
    long backlog;    // signed and not yet mailed; more would measure the length of a queue
} options = {.host = NULL, .path = "/", .connections = 64, .expect = 200, .warm_up = 2,
             .seconds = 10, .backlog = 256};

struct connection {
    int fd;
    bool is_busy, waits_to_write;
    enum kind kind;
    uint64_t started;   // the request, or, while not busy, the waiting for something to do
    size_t out_size, sent, in_size;
    char out[REQUEST_SIZE];
    char *in;
};

struct latencies {
    uint32_t *microseconds;
    size_t count, room;
};

struct snapshot {
    uint64_t time;
    double server_cpu, own_cpu;
    long resident_kb, peak_kb;
};

static struct connection connections[MOST_CONNECTIONS];
static int poller, fifo = -1;
static enum phase phase = WARM_UP;
static struct snapshot start, end;
static struct latencies measured[KINDS];

static struct {
    long done[KINDS], statuses[600];
    long unexpected, not_counted, broken, reconnects;
    long next_number, outstanding, most_outstanding, mails;
    size_t least_body, most_body;
    uint64_t waited;   // by all connections together, while measured
    bool has_settled;
} seen = {.least_body = SIZE_MAX};

static struct {
    char ring[SECRET_ROOM][SECRET_SIZE];
    size_t first, count;
    char partial[SECRET_SIZE + 1];
    size_t partial_size;
} secrets;

static void die(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    fputs("load: ", stderr);
    vfprintf(stderr, format, arguments);
    fputc('\n', stderr);
    exit(2);
}

static uint64_t now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

static double seconds_between(uint64_t from, uint64_t to) {
    return (double)(int64_t)(to - from) / 1e9;
}

// ---- What the processes used -------------------------------------------------------------------

static double own_cpu(void) {
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec)
        + (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

static void read_process_file(const char *name, char *text, size_t size) {
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/%s", options.pid, name);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t count = fd < 0 ? -1 : read(fd, text, size - 1);
    if (count < 0) die("%s cannot be read: has the server ended?", path);
    text[count] = 0;
    close(fd);
}

// Fields 14 and 15 of the manual's proc(5): all threads, those that have ended included.
static double server_cpu(void) {
    char text[4096];
    unsigned long user, system;
    read_process_file("stat", text, sizeof text);
    char *after_name = strrchr(text, ')');
    const char *fields = ") %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu";
    if (!after_name || sscanf(after_name, fields, &user, &system) != 2) die("odd /proc/PID/stat");
    return (double)(user + system) / (double)sysconf(_SC_CLK_TCK);
}

static long status_line(const char *text, const char *name) {
    const char *line = strstr(text, name);
    return line ? strtol(line + strlen(name), NULL, 10) : 0;
}

static struct snapshot take_snapshot(void) {
    struct snapshot taken = {.own_cpu = own_cpu()};
    if (options.pid) {
        char text[8192];
        taken.server_cpu = server_cpu();
        read_process_file("status", text, sizeof text);
        taken.resident_kb = status_line(text, "VmRSS:");
        taken.peak_kb = status_line(text, "VmHWM:");
    }
    taken.time = now();
    return taken;
}

// ---- Mails -------------------------------------------------------------------------------------

static void take_mail(const char *secret) {
    seen.mails++;
    seen.outstanding--;
    if (strcmp(options.mode, "count") != 0) return;
    if (secrets.count == SECRET_ROOM) die("more mails than were asked for");
    size_t place = (secrets.first + secrets.count++) % SECRET_ROOM;
    memcpy(secrets.ring[place], secret, SECRET_SIZE);
}

static void read_mails(void) {
    char bytes[1 << 16];
    ssize_t count = read(fifo, bytes, sizeof bytes);
    if (count < 0 && errno != EAGAIN && errno != EINTR) die("fifo: %s", strerror(errno));
    for (ssize_t i = 0; i < count; i++) {
        if (bytes[i] != '\n') {
            if (secrets.partial_size == SECRET_SIZE) die("a line of the fifo is too long");
            secrets.partial[secrets.partial_size++] = bytes[i];
            continue;
        }
        if (secrets.partial_size != SECRET_SIZE) die("a line of the fifo is too short");
        take_mail(secrets.partial);
        secrets.partial_size = 0;
    }
}

// ---- Requests ----------------------------------------------------------------------------------

static void compose_get(struct connection *c) {
    int size = snprintf(
        c->out, REQUEST_SIZE, "GET %s HTTP/1.1\r\nHost: %s\r\n%s\r\n", options.path, options.host,
        options.headers);
    c->out_size = (size_t)size;
}

// Every form comes from a neighbourhood of its own, as the limit by address sees it.
static void compose_post(struct connection *c, const char *path, long number, const char *body) {
    int size = snprintf(
        c->out, REQUEST_SIZE,
        "POST %s HTTP/1.1\r\nHost: %s\r\n%sX-Forwarded-For: 10.%ld.%ld.1\r\n"
        "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: %zu\r\n\r\n%s",
        path, options.host, options.headers, number >> 8 & 255, number & 255, strlen(body), body);
    if (size >= REQUEST_SIZE) die("the form is too long");
    c->out_size = (size_t)size;
}

static void compose_sign(struct connection *c) {
    char body[REQUEST_SIZE];
    long number = seen.next_number++;
    snprintf(
        body, sizeof body, "%s%ld%s", options.body_before, number, options.body_after);
    compose_post(c, options.path, number, body);
    if (fifo >= 0 && ++seen.outstanding > seen.most_outstanding)
        seen.most_outstanding = seen.outstanding;
}

static void compose_confirm(struct connection *c) {
    char body[64];
    snprintf(body, sizeof body, "secret=%.*s", SECRET_SIZE, secrets.ring[secrets.first]);
    secrets.first = (secrets.first + 1) % SECRET_ROOM;
    secrets.count--;
    compose_post(c, "/c", seen.done[CONFIRM], body);
}

// What to do next: mails first, then new forms, unless too many mails are on their way.
static bool choose(enum kind *kind) {
    if (secrets.count > 0) {
        *kind = CONFIRM;
        return true;
    }
    *kind = strcmp(options.mode, "get") == 0 ? GET : SIGN;
    return phase != SETTLING && (*kind == GET || seen.outstanding < options.backlog);
}

static void watch(struct connection *c, int operation, bool to_write) {
    struct epoll_event event = {.events = EPOLLIN | (to_write ? EPOLLOUT : 0), .data.ptr = c};
    if (epoll_ctl(poller, operation, c->fd, &event) < 0) die("epoll: %s", strerror(errno));
    c->waits_to_write = to_write;
}

static void connect_to_server(struct connection *c) {
    struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = htons((uint16_t)options.port),
        .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int yes = 1;
    c->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (c->fd < 0 || connect(c->fd, (struct sockaddr *)&address, sizeof address) < 0)
        die("port %d: %s", options.port, strerror(errno));
    setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    fcntl(c->fd, F_SETFL, O_NONBLOCK);
    c->in_size = 0;
    watch(c, EPOLL_CTL_ADD, false);
}

static void reconnect(struct connection *c) {
    seen.reconnects++;
    close(c->fd);
    connect_to_server(c);
}

static void send_rest(struct connection *c) {
    ssize_t count = send(c->fd, c->out + c->sent, c->out_size - c->sent, MSG_NOSIGNAL);
    // An error shows again, and is counted, where the answer is read.
    if (count > 0) c->sent += (size_t)count;
    bool is_unsent = c->sent < c->out_size && (count >= 0 || errno == EAGAIN);
    if (is_unsent != c->waits_to_write) watch(c, EPOLL_CTL_MOD, is_unsent);
}

static uint64_t idle_time(const struct connection *c, uint64_t until) {
    return until - (c->started > start.time ? c->started : start.time);
}

static void go_on(struct connection *c, uint64_t time) {
    bool was_idle = !c->is_busy;
    enum kind kind;
    c->is_busy = choose(&kind);
    if (!c->is_busy) {
        if (!was_idle) c->started = time;
        return;
    }
    if (was_idle && phase == MEASURED) seen.waited += idle_time(c, time);
    c->kind = kind;
    if (kind == GET) compose_get(c);
    if (kind == SIGN) compose_sign(c);
    if (kind == CONFIRM) compose_confirm(c);
    c->sent = c->in_size = 0;
    c->started = time;
    send_rest(c);
}

static void wake_idle(uint64_t time) {
    for (int i = 0; i < options.connections; i++)
        if (!connections[i].is_busy) go_on(&connections[i], time);
}

// ---- Responses ---------------------------------------------------------------------------------

struct response {
    int status;
    size_t body_size;
    bool closes;
};

// The value of a header in the head that ends at `end`; NULL if it has none of that name.
static const char *header(const char *head, const char *end, const char *name) {
    size_t size = strlen(name);
    const char *line = head;
    while ((line = memmem(line, (size_t)(end - line), "\r\n", 2))) {
        line += 2;
        if (strncasecmp(line, name, size) == 0 && line[size] == ':')
            return line + size + 1 + strspn(line + size + 1, " ");
    }
    return NULL;
}

// How long a chunked body is on the wire; 0 while its end has not come. No trailers.
static size_t chunked_size(const char *body, size_t size, size_t *content) {
    *content = 0;
    for (size_t place = 0; place < size;) {
        const char *line_end = memmem(body + place, size - place, "\r\n", 2);
        if (!line_end) return 0;
        size_t chunk = strtoul(body + place, NULL, 16);
        place = (size_t)(line_end - body) + 2 + chunk + 2;
        if (place > size) return 0;
        if (chunk == 0) return place;
        *content += chunk;
    }
    return 0;
}

// Whether the whole response has come.
static bool parse(const struct connection *c, struct response *response) {
    const char *blank = memmem(c->in, c->in_size, "\r\n\r\n", 4);
    if (!blank) return false;
    if (memcmp(c->in, "HTTP/1.1 ", 9) != 0) die("that was no HTTP/1.1");
    response->status = atoi(c->in + 9);
    const char *body = blank + 4;
    size_t come = c->in_size - (size_t)(body - c->in), size = 0;
    const char *length = header(c->in, blank, "content-length");
    const char *coding = header(c->in, blank, "transfer-encoding");
    const char *connection = header(c->in, blank, "connection");
    response->closes = connection && strncasecmp(connection, "close", 5) == 0;
    response->body_size = 0;
    if (response->status != 304 && response->status != 204) {
        if (coding) {
            size = chunked_size(body, come, &response->body_size);
            if (size == 0) return false;
        } else {
            size = response->body_size = length ? strtoul(length, NULL, 10) : 0;
        }
    }
    if (come > size) die("more was answered than was asked");
    return come == size;
}

static void remember(enum kind kind, uint64_t duration) {
    struct latencies *all = &measured[kind];
    if (all->count == all->room) {
        all->room = all->room ? all->room * 2 : 1 << 16;
        all->microseconds = realloc(all->microseconds, all->room * sizeof(uint32_t));
        if (!all->microseconds) die("no memory");
    }
    all->microseconds[all->count++] = (uint32_t)(duration / 1000);
}

static void judge(const struct connection *c, const struct response *response, uint64_t time) {
    int expected = c->kind == SIGN ? 303 : c->kind == CONFIRM ? 200 : options.expect;
    if (response->status >= 0 && response->status < 600) seen.statuses[response->status]++;
    if (response->status != expected) {
        seen.unexpected++;
        if (c->kind == SIGN && fifo >= 0) seen.outstanding--;
        return;
    }
    if (c->kind == CONFIRM && !memmem(c->in, c->in_size, COUNTED_MARK, strlen(COUNTED_MARK))) {
        seen.not_counted++;
        return;
    }
    if (c->kind == GET && response->body_size < seen.least_body)
        seen.least_body = response->body_size;
    if (c->kind == GET && response->body_size > seen.most_body)
        seen.most_body = response->body_size;
    seen.done[c->kind]++;
    if (phase == MEASURED) remember(c->kind, time - c->started);
}

static void lose(struct connection *c) {
    if (++seen.broken > MOST_BROKEN) die("the server closes its connections");
    // Whether the form arrived is not known; the comparison with the store tells.
    if (c->is_busy && c->kind == SIGN && fifo >= 0) seen.outstanding--;
    reconnect(c);
    if (c->is_busy) go_on(c, now());
}

static void receive(struct connection *c) {
    ssize_t count = recv(c->fd, c->in + c->in_size, RESPONSE_SIZE - c->in_size, 0);
    if (count < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (count <= 0) {
        if (c->is_busy) return lose(c);
        return reconnect(c);   // the server may end a connection that has nothing to do
    }
    c->in_size += (size_t)count;
    if (c->in_size == RESPONSE_SIZE) die("the answer is too long");
    if (!c->is_busy) die("an answer to nothing");
    struct response response;
    if (!parse(c, &response)) return;
    uint64_t time = now();
    judge(c, &response, time);
    if (response.closes) reconnect(c);
    go_on(c, time);
}

// ---- The run -----------------------------------------------------------------------------------

static bool is_settled(void) {
    if (secrets.count > 0 || seen.outstanding > 0) return false;
    for (int i = 0; i < options.connections; i++)
        if (connections[i].is_busy) return false;
    return true;
}

static void begin_measuring(void) {
    start = take_snapshot();
    phase = MEASURED;
}

static void end_measuring(void) {
    end = take_snapshot();
    for (int i = 0; i < options.connections; i++) {
        struct connection *c = &connections[i];
        if (!c->is_busy) seen.waited += idle_time(c, end.time);
    }
    phase = SETTLING;
}

// Whether the run goes on.
static bool advance(uint64_t began) {
    uint64_t time = now();
    enum kind goal = strcmp(options.mode, "count") == 0 ? CONFIRM
        : strcmp(options.mode, "sign") == 0 ? SIGN : GET;
    if (phase == WARM_UP && seconds_between(began, time) >= options.warm_up) begin_measuring();
    if (phase == MEASURED) {
        bool is_enough = options.requests > 0 && (long)measured[goal].count >= options.requests;
        if (is_enough || seconds_between(start.time, time) >= options.seconds) end_measuring();
    }
    if (phase != SETTLING) return true;
    seen.has_settled = is_settled();
    return !seen.has_settled && seconds_between(end.time, time) < SETTLE_SECONDS;
}

static void run(void) {
    struct epoll_event events[MOST_CONNECTIONS];
    uint64_t began = now();
    wake_idle(began);
    while (advance(began)) {
        int count = epoll_wait(poller, events, MOST_CONNECTIONS, 10);
        if (count < 0 && errno != EINTR) die("epoll: %s", strerror(errno));
        for (int i = 0; i < count; i++) {
            struct connection *c = events[i].data.ptr;
            if (!c) {
                read_mails();
                wake_idle(now());
                continue;
            }
            if (events[i].events & EPOLLOUT) send_rest(c);
            if (events[i].events & (EPOLLIN | EPOLLHUP | EPOLLERR)) receive(c);
        }
    }
}

// ---- The report --------------------------------------------------------------------------------

static int ascending(const void *left, const void *right) {
    uint32_t a = *(const uint32_t *)left, b = *(const uint32_t *)right;
    return (a > b) - (a < b);
}

static double quantile(const struct latencies *sorted, double share) {
    if (sorted->count == 0) return 0;
    return sorted->microseconds[(size_t)(share * (double)(sorted->count - 1))] / 1e3;
}

static void print_kind(enum kind kind, double seconds) {
    struct latencies *all = &measured[kind];
    if (all->count) qsort(all->microseconds, all->count, sizeof(uint32_t), ascending);
    printf(
        "%s\"%s\": {\"requests\": %zu, \"per_second\": %.1f, \"min_ms\": %.3f, \"p50_ms\": %.3f, "
        "\"p90_ms\": %.3f, \"p99_ms\": %.3f, \"max_ms\": %.3f}",
        kind ? ", " : "", KIND_NAMES[kind], all->count, (double)all->count / seconds,
        quantile(all, 0), quantile(all, 0.5), quantile(all, 0.9), quantile(all, 0.99),
        quantile(all, 1));
}

static void print_report(void) {
    double seconds = seconds_between(start.time, end.time);
    printf("{\"mode\": \"%s\", \"connections\": %d, \"seconds\": %.3f, ", options.mode,
           options.connections, seconds);
    printf("\"server_cpu\": %.2f, \"own_cpu\": %.3f, \"rss_kb\": %ld, \"hwm_kb\": %ld, ",
           end.server_cpu - start.server_cpu, end.own_cpu - start.own_cpu, end.resident_kb,
           end.peak_kb);
    printf("\"measured\": {");
    for (int kind = 0; kind < KINDS; kind++) print_kind(kind, seconds);
    printf("}, \"total\": {\"got\": %ld, \"signed\": %ld, \"counted\": %ld, \"mails\": %ld}, ",
           seen.done[GET], seen.done[SIGN], seen.done[CONFIRM], seen.mails);
    printf("\"body_bytes\": [%zu, %zu], ", seen.done[GET] ? seen.least_body : 0, seen.most_body);
    printf("\"waiting_share\": %.4f, \"most_outstanding\": %ld, \"statuses\": {",
           (double)seen.waited / 1e9 / seconds / options.connections, seen.most_outstanding);
    const char *comma = "";
    for (int status = 0; status < 600; status++) {
        if (seen.statuses[status]) printf("%s\"%d\": %ld", comma, status, seen.statuses[status]);
        if (seen.statuses[status]) comma = ", ";
    }
    printf("}, \"unexpected\": %ld, \"not_counted\": %ld, \"broken\": %ld, \"reconnects\": %ld, "
           "\"settled\": %s}\n", seen.unexpected, seen.not_counted, seen.broken, seen.reconnects,
           seen.has_settled ? "true" : "false");
}

// ---- The command line --------------------------------------------------------------------------

static void read_body(const char *path) {
    FILE *file = fopen(path, "r");
    if (!file) die("%s: %s", path, strerror(errno));
    char *text = calloc(1, REQUEST_SIZE);
    size_t size = text ? fread(text, 1, REQUEST_SIZE - 1, file) : 0;
    fclose(file);
    // In a form a real '#' is always escaped, so it is free to mark the place of the number.
    char *mark = size ? strchr(text, '#') : NULL;
    if (!mark) die("%s has no # for the number", path);
    *mark = 0;
    options.body_before = text;
    options.body_after = mark + 1;
}

static void add_header(const char *line) {
    size_t size = strlen(options.headers);
    int added = snprintf(options.headers + size, sizeof options.headers - size, "%s\r\n", line);
    if ((size_t)added >= sizeof options.headers - size) die("too many headers");
}

static void set_option(int letter, const char *value) {
    switch (letter) {
    case 'p': options.port = atoi(value); break;
    case 'o': options.host = value; break;
    case 'u': options.path = value; break;
    case 'c': options.connections = atoi(value); break;
    case 'w': options.warm_up = atof(value); break;
    case 's': options.seconds = atof(value); break;
    case 'n': options.requests = atol(value); break;
    case 'e': options.expect = atoi(value); break;
    case 'H': add_header(value); break;
    case 'b': read_body(value); break;
    case 'f': options.fifo = value; break;
    case 'l': options.backlog = atol(value); break;
    case 'i': options.pid = atoi(value); break;
    default: exit(2);
    }
}

static void parse_options(int count, char **arguments) {
    static const struct option names[] = {
        {"port", 1, 0, 'p'}, {"host", 1, 0, 'o'}, {"path", 1, 0, 'u'}, {"connections", 1, 0, 'c'},
        {"warm-up", 1, 0, 'w'}, {"seconds", 1, 0, 's'}, {"requests", 1, 0, 'n'},
        {"expect", 1, 0, 'e'}, {"header", 1, 0, 'H'}, {"body", 1, 0, 'b'}, {"fifo", 1, 0, 'f'},
        {"backlog", 1, 0, 'l'}, {"pid", 1, 0, 'i'}, {0}};
    if (count < 2) die("give get, sign or count first");
    options.mode = arguments[1];
    int letter;
    while ((letter = getopt_long(count - 1, arguments + 1, "", names, NULL)) != -1)
        set_option(letter, optarg);
    bool gets = strcmp(options.mode, "get") == 0, counts = strcmp(options.mode, "count") == 0;
    if (!gets && !counts && strcmp(options.mode, "sign") != 0) die("give get, sign or count");
    if (!options.port || !options.host) die("--port and --host are needed");
    if (!gets && !options.body_before) die("--body is needed");
    if (counts && !options.fifo) die("--fifo is needed");
    if (options.connections < 1 || options.connections > MOST_CONNECTIONS)
        die("1 to %d connections", MOST_CONNECTIONS);
}

static void open_all(void) {
    poller = epoll_create1(EPOLL_CLOEXEC);
    for (int i = 0; i < options.connections; i++) {
        connections[i].in = malloc(RESPONSE_SIZE);
        if (!connections[i].in) die("no memory");
        connections[i].started = now();
        connect_to_server(&connections[i]);
    }
    if (!options.fifo) return;
    // For writing too: a fifo without a writer would be at its end again and again.
    fifo = open(options.fifo, O_RDWR | O_NONBLOCK | O_CLOEXEC);
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = NULL};
    if (fifo < 0 || epoll_ctl(poller, EPOLL_CTL_ADD, fifo, &event) < 0)
        die("%s: %s", options.fifo, strerror(errno));
    fcntl(fifo, F_SETPIPE_SZ, 1 << 20);
}

int main(int count, char **arguments) {
    parse_options(count, arguments);
    open_all();
    run();
    print_report();
    bool is_clean = !seen.unexpected && !seen.not_counted && !seen.broken && seen.has_settled;
    return is_clean ? 0 : 1;
}
