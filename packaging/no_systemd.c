/*
 * no_systemd.c - for the static program: libpcap's D-Bus names two functions of systemd for servers, which this program is
 * not, and Debian has no static library of systemd.
 */
int sd_listen_fds(int unset);
int sd_is_socket(int fd, int family, int type, int listening);

int sd_listen_fds(int unset)
{
    (void)unset;
    return 0;
}

int sd_is_socket(int fd, int family, int type, int listening)
{
    (void)fd;
    (void)family;
    (void)type;
    (void)listening;
    return 0;
}
