/* What settings of web servers say of their folders. Pure. Source: lighttpd's documentation (server.document-root, alias.url,
 * cgi.assign); nginx (root, alias); OpenWrt, /etc/config/uhttpd (home, cgi_prefix, interpreter); boa.conf, thttpd(8), mini_httpd(8),
 * Apache HTTP Server (DocumentRoot, ScriptAlias); BusyBox, httpd.c ("H:", "*.php:"); the servers' arguments -h and -d. */
#pragma once

#include "util/error.h"

typedef struct {
  GPtrArray *roots; /* of char *: folders that are shown, without a slash at the end */
  GPtrArray *cgi;   /* of char *: folders whose files are run, whole ("/opt/cgi") or of an address ("/cgi") */
  GPtrArray *ends;  /* of char *: ends of names that are run, as ".sh" */
} AkWebConfig;
void ak_web_config_init(AkWebConfig *self);
void ak_web_config_clear(AkWebConfig *self);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(AkWebConfig, ak_web_config_clear)

/* True for the path of a web server's settings. */
bool ak_web_config_is(const char *path);
/* Adds what the settings at `path` say, at most 50 of each. */
void ak_web_config_read(const char *path, const guint8 *data, gsize size, AkWebConfig *out);
/* Adds the folders that a shell script gives web servers as arguments. */
void ak_web_config_script(const guint8 *data, gsize size, AkWebConfig *out);

bool ak_firmware_web_config_fuzz(const guint8 *data, gsize size);
