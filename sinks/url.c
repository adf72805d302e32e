/* url.c - the URL of --to (RFC 3986), and the credentials that it names. */
#include "sinks/url.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int digit_of(char c)
{
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                  : -1;
}

/* Decodes percent signs (RFC 3986, 2.1). Returns false if there is no room, or for %00 and half an escape. */
static bool decode(char *out, size_t size, const char *text, size_t len)
{
    size_t n = 0;
    for (size_t i = 0; i < len; i++) {
        char c = text[i];
        if (c == '%') {
            int high = i + 2 < len ? digit_of(text[i + 1]) : -1;
            int low = i + 2 < len ? digit_of(text[i + 2]) : -1;
            if (high < 0 || low < 0 || (high == 0 && low == 0))
                return false;
            c = (char)(high << 4 | low);
            i += 2;
        }
        if ((unsigned char)c < 0x20 || c == 0x7f || n + 1 >= size)
            return false;
        out[n++] = c;
    }
    out[n] = '\0';
    return true;
}

static enum tl_failure wrong(struct tl_error *error, const char *what)
{
    return tl_error_set(error, TL_E_USAGE, "--to: %s: give SCHEME://[USER@]HOST[:PORT][/PATH][?KEY=VALUE]", what);
}

/* A password has been written into a URL. */
static enum tl_failure has_password(struct tl_error *error)
{
    return tl_error_set(error, TL_E_USAGE,
                        "--to: a password in the URL can be seen by all: put it into a file and give "
                        "?password-file=FILE, or into the environment variable TAPLIGHT_PASSWORD");
}

/* Reads HOST[:PORT]. */
static enum tl_failure read_host(char *name, size_t size, uint16_t *to_port, const char *p, size_t len,
                                 struct tl_error *error)
{
    const char *end = p + len;
    const char *host_end = p < end && *p == '[' ? memchr(p, ']', (size_t)(end - p)) : NULL;
    const char *after = host_end != NULL ? host_end + 1 : p;
    const char *colon = host_end == NULL ? memchr(p, ':', (size_t)(end - p)) : after < end ? after : NULL;
    const char *host = host_end != NULL ? p + 1 : p;
    size_t host_len = (size_t)((host_end != NULL ? host_end : colon != NULL ? colon : end) - host);
    if (host_len == 0 || !decode(name, size, host, host_len))
        return wrong(error, "there is no host");
    if (colon != NULL) {
        char digits[8] = "", *rest;
        size_t n = (size_t)(end - colon) - 1;
        if (*colon == ':' && n > 0 && n < sizeof digits)
            memcpy(digits, colon + 1, n);
        unsigned long port = digits[0] >= '0' && digits[0] <= '9' ? strtoul(digits, &rest, 10) : 0;
        if (port == 0 || port > 65535 || *rest != '\0')
            return wrong(error, "the port is no number from 1 to 65535");
        *to_port = (uint16_t)port;
    }
    return TL_E_NONE;
}

static enum tl_failure read_authority(struct tl_url *url, const char *p, size_t len, struct tl_error *error)
{
    const char *at = memrchr(p, '@', len), *end = p + len;
    if (at != NULL) {
        if (memchr(p, ':', (size_t)(at - p)) != NULL)
            return has_password(error);
        if (!decode(url->user, sizeof url->user, p, (size_t)(at - p)))
            return wrong(error, "the user cannot be read");
        p = at + 1;
    }
    const char *comma = memchr(p, ',', (size_t)(end - p));
    enum tl_failure failure = read_host(url->host, sizeof url->host, &url->port, p,
                                        (size_t)((comma != NULL ? comma : end) - p), error);
    while (failure == TL_E_NONE && comma != NULL) {
        if (url->other_count == TL_URL_OTHERS)
            return wrong(error, "too many hosts");
        struct tl_url_host *other = &url->others[url->other_count++];
        p = comma + 1;
        comma = memchr(p, ',', (size_t)(end - p));
        failure = read_host(other->name, sizeof other->name, &other->port, p,
                            (size_t)((comma != NULL ? comma : end) - p), error);
    }
    return failure;
}

static enum tl_failure read_queries(struct tl_url *url, const char *p, struct tl_error *error)
{
    while (*p != '\0') {
        size_t len = strcspn(p, "&");
        const char *equals = memchr(p, '=', len);
        size_t key = equals != NULL ? (size_t)(equals - p) : len;
        if (url->query_count == TL_URL_QUERIES)
            return wrong(error, "too many keys after the question mark");
        if (key == 0 || !decode(url->queries[url->query_count].key, sizeof url->queries[0].key, p, key) ||
            !decode(url->queries[url->query_count].value, sizeof url->queries[0].value, equals != NULL ? equals + 1 : p,
                    equals != NULL ? len - key - 1 : 0))
            return wrong(error, "a key after the question mark cannot be read");
        if (strcmp(url->queries[url->query_count].key, "password") == 0 ||
            strcmp(url->queries[url->query_count].key, "token") == 0)
            return tl_error_set(error, TL_E_USAGE,
                                "--to: a %s in the URL can be seen by all: put it into a file and give ?%s-file=FILE",
                                url->queries[url->query_count].key, url->queries[url->query_count].key);
        url->query_count++;
        p += len + (p[len] == '&');
    }
    return TL_E_NONE;
}

/* file:///PATH (RFC 8089): there is no server. */
static enum tl_failure read_no_authority(size_t len, struct tl_error *error)
{
    return len == 0 ? TL_E_NONE : tl_error_set(error, TL_E_USAGE, "--to: file:// takes a path from the root: give "
                                                                  "file:///FOLDER/NAME");
}

enum tl_failure tl_url_parse(struct tl_url *url, const char *text, struct tl_error *error)
{
    const char *colon = strstr(text, "://");
    memset(url, 0, sizeof *url);
    if (colon == NULL || colon == text || (size_t)(colon - text) >= sizeof url->scheme)
        return wrong(error, "this is no URL");
    memcpy(url->scheme, text, (size_t)(colon - text));
    const char *authority = colon + 3;
    size_t len = strcspn(authority, "/?#");
    bool file = strcmp(url->scheme, "file") == 0;
    enum tl_failure failure = file ? read_no_authority(len, error) : read_authority(url, authority, len, error);
    const char *path = authority + len, *question = strchr(path, '?');
    size_t path_len = question != NULL ? (size_t)(question - path) : strlen(path);
    if (failure == TL_E_NONE && !file && memchr(path, '@', path_len) != NULL) /* user:12/34@host: `user` would be the host */
        failure = has_password(error);
    const char *later = question != NULL ? strchr(question, '@') : NULL;
    if (failure == TL_E_NONE && later != NULL && memchr(question, '=', (size_t)(later - question)) == NULL)
        failure = has_password(error); /* user:12?34@host */
    if (failure == TL_E_NONE && path_len > 1 && !decode(url->path, sizeof url->path, path + 1, path_len - 1))
        failure = file ? tl_error_set(error, TL_E_USAGE, "--to: the path in file:// cannot be read: give at most 255 bytes, "
                                      "with %%25 for a percent sign")
                       : wrong(error, "the path cannot be read");
    if (failure == TL_E_NONE && question != NULL)
        failure = read_queries(url, question + 1, error);
    bool colons = strchr(url->host, ':') != NULL;
    int n = snprintf(url->shown, sizeof url->shown, "%s://%s%s%s", url->scheme, colons ? "[" : "", url->host,
                     colons ? "]" : "");
    if (url->port != 0)
        n += snprintf(url->shown + n, sizeof url->shown - (size_t)n, ":%u", url->port);
    if (url->other_count > 0)
        n += snprintf(url->shown + n, sizeof url->shown - (size_t)n, ",..");
    if (url->path[0] != '\0')
        snprintf(url->shown + n, sizeof url->shown - (size_t)n, "/%.*s", 120, url->path);
    return failure;
}

const char *tl_url_query(const struct tl_url *url, const char *key)
{
    for (unsigned i = 0; i < url->query_count; i++)
        if (strcmp(url->queries[i].key, key) == 0)
            return url->queries[i].value;
    return NULL;
}

/* Reads the first line of a file. */
static enum tl_failure read_line(char *out, size_t size, const char *path, struct tl_error *error)
{
    FILE *file = fopen(path, "re");
    size_t n = file != NULL ? fread(out, 1, size - 1, file) : 0;
    if (file == NULL || ferror(file)) {
        int why = errno;
        if (file != NULL)
            fclose(file);
        return tl_error_set(error, why == EACCES ? TL_E_PERMISSION : TL_E_RUNTIME, "--to: cannot read %s: %s", path,
                            strerror(why));
    }
    fclose(file);
    out[n] = '\0';
    out[strcspn(out, "\r\n")] = '\0';
    if (out[0] == '\0' || strlen(out) + 1 >= size)
        return tl_error_set(error, TL_E_USAGE, "--to: the first line of %s is empty or too long: put the secret there",
                            path);
    return TL_E_NONE;
}

static enum tl_failure read_secret(char *out, size_t size, const struct tl_url *url, const char *what,
                                   const char *usual, struct tl_error *error)
{
    char key[32];
    snprintf(key, sizeof key, "%s-file", what);
    const char *path = tl_url_query(url, key);
    if (path != NULL)
        return read_line(out, size, path, error);
    snprintf(key, sizeof key, "%s-env", what);
    /* What is meant for another server is not sent to one whose URL asks for no login. An API key has no user. */
    bool broker = strncmp(url->scheme, "redis", 5) == 0 || strncmp(url->scheme, "nats", 4) == 0;
    bool meant = url->user[0] != '\0' || (!broker && strcmp(what, "token") == 0);
    const char *name = tl_url_query(url, key), *value = NULL;
    if (name != NULL || meant)
        value = getenv(name != NULL ? name : usual);
    if (name != NULL && value == NULL)
        return tl_error_set(error, TL_E_USAGE, "--to: the environment variable %s is not set: set it to the %s", name,
                            what);
    if (value != NULL && (size_t)snprintf(out, size, "%s", value) >= size)
        return tl_error_set(error, TL_E_USAGE, "--to: the %s in the environment is too long", what);
    if (out[strcspn(out, "\r\n")] != '\0')
        return tl_error_set(error, TL_E_USAGE, "--to: the %s in the environment has more than one line", what);
    return TL_E_NONE;
}

enum tl_failure tl_credentials_read(struct tl_credentials *credentials, const struct tl_url *url,
                                    struct tl_error *error)
{
    memset(credentials, 0, sizeof *credentials);
    memcpy(credentials->user, url->user, sizeof credentials->user);
    enum tl_failure failure = read_secret(credentials->password, sizeof credentials->password, url, "password",
                                          "TAPLIGHT_PASSWORD", error);
    return failure != TL_E_NONE ? failure
                                : read_secret(credentials->token, sizeof credentials->token, url, "token",
                                              "TAPLIGHT_TOKEN", error);
}
