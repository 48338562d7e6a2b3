/* Settings of servers: files of keys and values in the few forms that devices use. Pure. */
#pragma once

#include "util/error.h"

typedef enum {
  AK_SETTINGS_WORDS, /* "Key value …", "key=value", "key: value"; '#' comments: sshd, mosquitto, …
                      */
  AK_SETTINGS_BLOCKS, /* "key value;" and blocks in braces, "key = value": nginx, lighttpd */
  AK_SETTINGS_UCI,    /* "config type", "option key 'value'", "list key 'value'": OpenWrt */
  AK_SETTINGS_INI,  /* "[section]", "key with spaces = value"; ';' and '#' comments: Samba, rsync */
  AK_SETTINGS_TAGS, /* as WORDS, and "<Tag value>" … "</Tag>", whose key is "<tag": ProFTPD */
  AK_SETTINGS_LINES, /* each line is one value of "line": exports */
} AkSettingsForm;

/* Of UCI: where a section begins; its value is the type. */
#define AK_SETTINGS_SECTION "config"

/* Of BLOCKS: before the key of what stands in a condition of lighttpd ("$SERVER", "$HTTP"). */
#define AK_SETTINGS_CONDITION "if "

typedef struct {
  char *key;   /* as written, in lower case */
  char *value; /* without quotes and the semicolon; "" where there is none */
  guint line;  /* 1 … */
} AkSetting;
void ak_setting_free(AkSetting *self);

/* The settings in their order: GPtrArray of AkSetting, at most 5,000. `unread` gets the number of
 * lines that are no setting of this form, or that are too many. */
GPtrArray *ak_boot_config_read(AkSettingsForm form, const guint8 *data, gsize size, guint *unread);

/* The value of the first or last setting of `key`, or NULL. Borrowed. */
const char *ak_boot_config_first(const GPtrArray *settings, const char *key);
const char *ak_boot_config_last(const GPtrArray *settings, const char *key);
/* True for "yes", "on", "true", "1", "enable", "enabled", whatever the case. */
bool ak_boot_config_is_on(const char *value);

bool ak_firmware_boot_config_fuzz(const guint8 *data, gsize size);
