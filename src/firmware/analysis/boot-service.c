#include "firmware/analysis/boot-service.h"

#include <string.h>

static void put(GPtrArray *risks, const char *risk) {
  if (!g_ptr_array_find(risks, risk, NULL))
    g_ptr_array_add(risks, (gpointer)risk);
}

/* An option of one letter, alone or among others ("-sw"), before "--". */
static bool has_letter(const AkBootFacts *facts, char letter) {
  for (const char *const *a = facts->arguments; *a != NULL && strcmp(*a, "--") != 0; a++)
    if ((*a)[0] == '-' && (*a)[1] != '-' && strchr(*a + 1, letter) != NULL)
      return true;
  return false;
}

static const char *argument_of(const char *const *arguments, const char *option) {
  for (const char *const *a = arguments; *a != NULL; a++) {
    if (strcmp(*a, option) == 0)
      return a[1];
    if (strlen(option) == 2 && g_str_has_prefix(*a, option) && (*a)[2] != '\0')
      return *a + 2; /* "-f/etc/x" */
  }
  return NULL;
}

static const char *doubt_of(const AkBootFacts *facts) {
  return facts->has_open_arguments ? "its arguments come from variables"
         : facts->is_partial       ? "settings that were not understood"
                                   : NULL;
}

/* As above, where nothing can be said without settings. */
static const char *doubt_of_settings(const AkBootFacts *facts) {
  return facts->settings == NULL ? "its settings are not in the image" : doubt_of(facts);
}

static bool is_on_by(const GPtrArray *settings, const char *key, bool otherwise) {
  const char *value = ak_boot_config_last(settings, key);
  return value != NULL ? ak_boot_config_is_on(value) : otherwise;
}

static guint count_of(const GPtrArray *settings, const char *key) {
  guint count = 0;
  for (guint i = 0; i < settings->len; i++)
    count += strcmp(((const AkSetting *)settings->pdata[i])->key, key) == 0;
  return count;
}

/* --- each server --------------------------------------------------------------------------------
 */

/* Source: BusyBox, telnetd --help: -l LOGIN runs this instead of login. */
static const char *judge_telnet(const AkBootService *self, const AkBootFacts *facts,
                                GPtrArray *risks) {
  const char *login = argument_of(facts->arguments, "-l");
  put(risks, "telnet.plain");
  if (login != NULL && (g_str_has_suffix(login, "sh") || g_str_has_suffix(login, "/busybox")))
    put(risks, "telnet.no-login");
  return NULL; /* whatever the arguments are, it is telnet */
}

/* Source: sshd_config(5): the first value of a key counts; what stands in Match blocks holds for
 * some. Defaults: PermitRootLogin prohibit-password, PasswordAuthentication yes,
 * PermitEmptyPasswords no. */
static const char *judge_sshd(const AkBootService *self, const AkBootFacts *facts,
                              GPtrArray *risks) {
  if (facts->settings == NULL)
    return "its settings are not in the image";
  bool in_match = false;
  bool passwords = ak_boot_config_first(facts->settings, "passwordauthentication") == NULL;
  bool is_first[3] = {true, true, true};
  static const char *const keys[] = {"permitrootlogin", "passwordauthentication",
                                     "permitemptypasswords"};
  static const char *const names[] = {"ssh.root-login", "ssh.password-login", "ssh.empty-password"};
  for (guint i = 0; i < facts->settings->len; i++) {
    const AkSetting *setting = facts->settings->pdata[i];
    in_match = in_match || strcmp(setting->key, "match") == 0;
    for (gsize k = 0; k < G_N_ELEMENTS(keys); k++) {
      if (strcmp(setting->key, keys[k]) != 0)
        continue;
      if ((is_first[k] || in_match) && g_ascii_strcasecmp(setting->value, "yes") == 0)
        put(risks, names[k]);
      is_first[k] = is_first[k] && in_match;
    }
  }
  if (passwords)
    put(risks, "ssh.password-login");
  return doubt_of(facts);
}

/* Source: dropbear(8): -s no password log-ins, -g none for root, -w no log-ins of root, -B blank
 * passwords; OpenWrt, /etc/config/dropbear: PasswordAuth, RootPasswordAuth, RootLogin, all on by
 * default. */
static const char *judge_dropbear(const AkBootService *self, const AkBootFacts *facts,
                                  GPtrArray *risks) {
  bool is_uci = facts->settings != NULL && facts->form == AK_SETTINGS_UCI;
  bool passwords =
      is_uci ? is_on_by(facts->settings, "passwordauth", true) : !has_letter(facts, 's');
  bool root = is_uci ? is_on_by(facts->settings, "rootpasswordauth", true) &&
                           is_on_by(facts->settings, "rootlogin", true)
                     : !has_letter(facts, 'g') && !has_letter(facts, 'w');
  if (has_letter(facts, 'B'))
    put(risks, "ssh.empty-password");
  if (!is_uci && facts->has_open_arguments)
    return "its arguments come from variables";
  if (passwords)
    put(risks, "ssh.password-login");
  if (passwords && root)
    put(risks, "ssh.root-login");
  return is_uci && facts->is_partial ? "settings that were not understood" : NULL;
}

/* Source: mosquitto.conf(5). Which log-ins are open where allow_anonymous is missing depends on the
 * version: 2.0 refuses, older ones allow. */
static const char *judge_mosquitto(const AkBootService *self, const AkBootFacts *facts,
                                   GPtrArray *risks) {
  if (facts->settings == NULL)
    return "its settings are not in the image";
  const char *anonymous = ak_boot_config_last(facts->settings, "allow_anonymous");
  bool listens = ak_boot_config_first(facts->settings, "listener") != NULL ||
                 ak_boot_config_first(facts->settings, "port") != NULL;
  guint listeners = count_of(facts->settings, "listener");
  guint certificates = count_of(facts->settings, "certfile");
  if (anonymous != NULL && ak_boot_config_is_on(anonymous))
    put(risks, "mqtt.anonymous");
  if (listens && certificates < MAX(listeners, 1))
    put(risks, "mqtt.plain");
  return anonymous == NULL && listens ? "whether anyone may log in depends on the version"
                                      : doubt_of(facts);
}

static bool is_default_community(const char *value) {
  g_auto(GStrv) words = g_strsplit_set(value, " \t", -1);
  for (char **word = words; *word != NULL; word++)
    if (strcmp(*word, "public") == 0 || strcmp(*word, "private") == 0)
      return true;
  return false;
}

/* Source: snmpd.conf(5): rocommunity, rwcommunity and com2sec give access by SNMPv1 and v2c. */
static const char *judge_snmpd(const AkBootService *self, const AkBootFacts *facts,
                               GPtrArray *risks) {
  for (guint i = 0; facts->settings != NULL && i < facts->settings->len; i++) {
    const AkSetting *setting = facts->settings->pdata[i];
    bool is_write = g_str_has_prefix(setting->key, "rwcommunity");
    bool is_read =
        g_str_has_prefix(setting->key, "rocommunity") || g_str_has_prefix(setting->key, "com2sec");
    if (facts->form == AK_SETTINGS_UCI)
      is_read = is_read || strcmp(setting->key, "community") == 0;
    if (is_read || is_write)
      put(risks, "snmp.community");
    if (is_write)
      put(risks, "snmp.write-community");
    if ((is_read || is_write) && is_default_community(setting->value))
      put(risks, "snmp.default-community");
  }
  return doubt_of_settings(facts);
}

/* Source: nginx's documentation, "listen" and "autoindex"; without listen it is port 80. */
static const char *judge_nginx(const AkBootService *self, const AkBootFacts *facts,
                               GPtrArray *risks) {
  guint listens = 0, plain = 0;
  for (guint i = 0; facts->settings != NULL && i < facts->settings->len; i++) {
    const AkSetting *setting = facts->settings->pdata[i];
    if (strcmp(setting->key, "autoindex") == 0 && ak_boot_config_is_on(setting->value))
      put(risks, "http.directory-listing");
    if (strcmp(setting->key, "listen") == 0) {
      g_auto(GStrv) words = g_strsplit_set(setting->value, " \t", -1);
      plain += !g_strv_contains((const char *const *)words, "ssl");
      listens++;
    }
  }
  if (plain > 0)
    put(risks, "http.plain");
  return listens == 0 && facts->settings != NULL
             ? "no server listens in the settings that were read"
             : doubt_of_settings(facts);
}

/* Source: OpenWrt, uhttpd: listen_http, redirect_https, no_dirlists; its arguments -p and -D. */
static const char *judge_uhttpd(const AkBootService *self, const AkBootFacts *facts,
                                GPtrArray *risks) {
  if (facts->settings == NULL) {
    if (argument_of(facts->arguments, "-p") != NULL)
      put(risks, "http.plain");
    return "its settings are not in the image";
  }
  if (ak_boot_config_first(facts->settings, "listen_http") != NULL &&
      !is_on_by(facts->settings, "redirect_https", false))
    put(risks, "http.plain");
  return doubt_of(facts);
}

/* Source: BusyBox, httpd --help: it speaks plain HTTP only; other programs have this name too. */
static const char *judge_httpd(const AkBootService *self, const AkBootFacts *facts,
                               GPtrArray *risks) {
  if (facts->is_applet)
    put(risks, "http.plain");
  return "its other settings are not known";
}

/* Source: the servers' pages: they speak plain HTTP only. */
static const char *judge_plain_http(const AkBootService *self, const AkBootFacts *facts,
                                    GPtrArray *risks) {
  put(risks, "http.plain");
  return "its other settings are not known";
}

/* Source: getty(8) of BusyBox and util-linux: -n asks for no name, -l and --login-program run this
 * instead of login, -a and --autologin log in by themselves. */
static const char *judge_getty(const AkBootService *self, const AkBootFacts *facts,
                               GPtrArray *risks) {
  const char *login = argument_of(facts->arguments, "-l");
  bool by_itself = argument_of(facts->arguments, "-a") != NULL ||
                   argument_of(facts->arguments, "--autologin") != NULL;
  if (by_itself || (login != NULL && g_str_has_suffix(login, "sh")))
    put(risks, "console.no-login");
  return facts->has_open_arguments ? "its arguments come from variables" : NULL;
}

static const char *judge_console(const AkBootService *self, const AkBootFacts *facts,
                                 GPtrArray *risks) {
  put(risks, "console.no-login");
  return NULL;
}

static const char *judge_local(const AkBootService *self, const AkBootFacts *facts,
                               GPtrArray *risks) {
  return NULL;
}

static const char *judge_tftp(const AkBootService *self, const AkBootFacts *facts,
                              GPtrArray *risks) {
  put(risks, "tftp.open");
  return NULL;
}

#define W AK_SETTINGS_WORDS
#define B AK_SETTINGS_BLOCKS
#define U AK_SETTINGS_UCI

static const AkBootService services[] = {
    {"telnetd", "telnet", {{NULL}}, NULL, judge_telnet},
    {"utelnetd", "telnet", {{NULL}}, NULL, judge_telnet},
    {"in.telnetd", "telnet", {{NULL}}, NULL, judge_telnet},
    {"sshd", "ssh", {{"/etc/ssh/sshd_config", W}, {"/etc/sshd_config", W}}, "-f", judge_sshd},
    {"dropbear", "ssh", {{"/etc/config/dropbear", U}}, NULL, judge_dropbear},
    {"nginx", "http", {{"/etc/nginx/nginx.conf", B}}, "-c", judge_nginx},
    {"uhttpd", "http", {{"/etc/config/uhttpd", U}}, NULL, judge_uhttpd},
    {"httpd", "http", {{"/etc/httpd.conf", W}}, "-c", judge_httpd},
    {"boa", "http", {{"/etc/boa/boa.conf", W}}, NULL, judge_plain_http},
    {"thttpd", "http", {{"/etc/thttpd.conf", W}}, "-C", judge_plain_http},
    {"goahead", "http", {{NULL}}, NULL, NULL},
    {"mosquitto",
     "mqtt",
     {{"/etc/mosquitto/mosquitto.conf", W}, {"/etc/mosquitto.conf", W}},
     "-c",
     judge_mosquitto},
    {"snmpd",
     "snmp",
     {{"/etc/snmp/snmpd.conf", W}, {"/etc/config/snmpd", U}, {"/etc/snmpd.conf", W}},
     "-c",
     judge_snmpd},
    {"ftpd", "ftp", {{NULL}}, NULL, NULL},
    {"tftpd", "tftp", {{NULL}}, NULL, judge_tftp},
    {"in.tftpd", "tftp", {{NULL}}, NULL, judge_tftp},
    {"pppd", "ppp", {{NULL}}, NULL, NULL},
    {"getty", "console", {{NULL}}, NULL, judge_getty},
    {"agetty", "console", {{NULL}}, NULL, judge_getty},
    {"sh", "console", {{NULL}}, NULL, judge_console}, /* of inittab: a shell without a log-in */
    {"ash", "console", {{NULL}}, NULL, judge_console},
    {"bash", "console", {{NULL}}, NULL, judge_console},
    {"syslogd", "local", {{NULL}}, NULL, NULL}, /* may take messages from the network */
    {"klogd", "local", {{NULL}}, NULL, judge_local},
    {"crond", "local", {{NULL}}, NULL, judge_local},
    {"cron", "local", {{NULL}}, NULL, judge_local},
    {"mdev", "local", {{NULL}}, NULL, judge_local},
    {"udevd", "local", {{NULL}}, NULL, judge_local},
    {"systemd-udevd", "local", {{NULL}}, NULL, judge_local},
    {"watchdog", "local", {{NULL}}, NULL, judge_local},
    {"acpid", "local", {{NULL}}, NULL, judge_local},
    {"dbus-daemon", "local", {{NULL}}, NULL, judge_local},
};

#undef W
#undef B
#undef U

const AkBootService *ak_boot_service_find(const char *name) {
  for (gsize i = 0; i < G_N_ELEMENTS(services); i++)
    if (strcmp(services[i].name, name) == 0)
      return &services[i];
  return NULL;
}

const char *ak_boot_service_config_argument(const AkBootService *self,
                                            const char *const *arguments) {
  if (self->config_option == NULL)
    return NULL;
  if (*self->config_option != '\0')
    return argument_of(arguments, self->config_option);
  for (const char *const *a = arguments; *a != NULL; a++)
    if ((*a)[0] == '/')
      return *a;
  return NULL;
}
