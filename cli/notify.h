/* notify.h - tells the service manager how a run is: sd_notify(3), without its library. */
#ifndef TL_CLI_NOTIFY_H
#define TL_CLI_NOTIFY_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/un.h>

struct tl_notify {
    int socket; /* -1: there is no service manager */
    struct sockaddr_un to;
    socklen_t len;
    int64_t interval, next; /* ns, of the watchdog; 0: none. next: monotonic */
    bool ready, stopping;   /* told */
};

/*
 * Reads NOTIFY_SOCKET, WATCHDOG_USEC and WATCHDOG_PID, and removes them from the environment: they are not for the
 * commands that the process starts.
 */
void tl_notify_init(struct tl_notify *notify);
/*
 * The run goes on, or stops. Call it at least each tenth of a second: the first call tells that all is ready.
 * What the manager could not take is told by a later call.
 */
void tl_notify_alive(struct tl_notify *notify, bool stopping);
/* The configuration is read again; then tl_notify_reloaded(). */
void tl_notify_reloading(struct tl_notify *notify);
void tl_notify_reloaded(struct tl_notify *notify);
void tl_notify_fini(struct tl_notify *notify);

#endif
