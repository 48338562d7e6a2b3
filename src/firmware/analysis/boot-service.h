/* Servers that devices start: what kind each is, where its settings stand, and which of them are
 * risky. Pure. Source: the servers' own manual pages, named in the table. */
#pragma once

#include "firmware/analysis/boot-config.h"

/* What is known of one started server. */
typedef struct {
  const char *const *arguments; /* NULL-terminated, without the program */
  bool has_open_arguments;      /* some come from variables that are not known */
  const GPtrArray *settings;    /* of AkSetting, included files too; NULL: there are none */
  AkSettingsForm form;          /* of the settings */
  bool is_applet;               /* the program is BusyBox */
  bool is_partial;              /* lines or included files that were not understood */
} AkBootFacts;

typedef struct {
  const char *file; /* "/etc/ssh/sshd_config" */
  AkSettingsForm form;
} AkBootConfigFile;

typedef struct _AkBootService {
  const char *name; /* of the program: "sshd" */
  const char *kind; /* "ssh", "telnet", "http", "mqtt", "snmp", "ftp", "dns", "upnp", …; "local": it
                       serves no network */
  AkBootConfigFile configs[4]; /* places in the order in which they count; ends with a NULL file */
  const char *config_option; /* the argument before the file's name, or NULL; "": the first argument
                                that is no option */
  /* Adds risky settings (static texts) to `risks`; returns why a risk may have been missed, or
   * NULL. NULL: its settings are not known here. */
  const char *(*judge)(const struct _AkBootService *self, const AkBootFacts *facts,
                       GPtrArray *risks);
} AkBootService;

/* Shells, by where they are: on a console, or for a connection. No program has such a name. */
#define AK_BOOT_CONSOLE "shell on a console"
#define AK_BOOT_NETWORK_SHELL "shell for a connection"

/* By the name of a program, without its folder; NULL where it is not known here: daemons whose rows
 * are data stand in daemon-rule.h. */
const AkBootService *ak_boot_service_find(const char *name);

/* The file that the arguments name as settings, or NULL. Borrowed from the arguments. */
const char *ak_boot_service_config_argument(const AkBootService *self,
                                            const char *const *arguments);
