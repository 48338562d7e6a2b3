#include "firmware/analysis/boot-service.h"

#include <string.h>

#include "firmware/analysis/boot-argument.h"
#include "firmware/analysis/boot-shell.h"

static void put(GPtrArray *risks, const char *risk) {
  if (!g_ptr_array_find(risks, risk, NULL))
    g_ptr_array_add(risks, (gpointer)risk);
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

/* The first value of a key counts; what stands in Match blocks holds for some. Arguments ("-o Key=value") come before the file. */
typedef struct {
  const char *key;
  const char *first; /* NULL: it is not set outside of Match */
  bool is_yes_for_some;
} SshKey;

static void note_ssh(SshKey *keys, gsize count, const char *key, const char *value, bool in_match) {
  for (gsize k = 0; k < count; k++) {
    if (strcmp(keys[k].key, key) != 0)
      continue;
    if ((in_match || keys[k].first == NULL) && g_ascii_strcasecmp(value, "yes") == 0)
      keys[k].is_yes_for_some = true;
    if (!in_match && keys[k].first == NULL)
      keys[k].first = value;
  }
}

/* "-o Key=value", "-oKey=value", "-o 'Key value'". */
static void note_ssh_arguments(SshKey *keys, gsize count, const char *const *arguments, GPtrArray *room) {
  for (const char *const *a = arguments; *a != NULL; a++) {
    const char *pair = strcmp(*a, "-o") == 0 ? a[1] : g_str_has_prefix(*a, "-o") ? *a + 2 : NULL;
    gsize length = pair != NULL ? strcspn(pair, "= ") : 0;
    if (length == 0 || pair[length] == '\0')
      continue;
    char *key = g_ascii_strdown(pair, (gssize)length), *value = g_strdup(pair + length + strspn(pair + length, "= "));
    g_ptr_array_add(room, key);
    g_ptr_array_add(room, value);
    note_ssh(keys, count, key, value, false);
  }
}

enum { SSH_ROOT, SSH_PASSWORD, SSH_EMPTY, SSH_KEYBOARD, SSH_CHALLENGE, SSH_PAM, SSH_METHODS, SSH_KEYS };

static bool is_set_to(const SshKey *key, const char *value) {
  return key->first != NULL && g_ascii_strcasecmp(key->first, value) == 0;
}

/* By PAM, passwords are asked for at the keyboard too, unless both spellings of it are off. */
static bool asks_passwords(const SshKey *keys) {
  bool by_keyboard = (is_set_to(&keys[SSH_PAM], "yes") || keys[SSH_PAM].is_yes_for_some) &&
                     !is_set_to(&keys[SSH_KEYBOARD], "no") && !is_set_to(&keys[SSH_CHALLENGE], "no");
  return by_keyboard || keys[SSH_PASSWORD].first == NULL || keys[SSH_PASSWORD].is_yes_for_some;
}

/* Source: sshd_config(5). Defaults: PermitRootLogin prohibit-password (yes before OpenSSH 7.0), PasswordAuthentication yes,
 * PermitEmptyPasswords no, KbdInteractiveAuthentication yes, UsePAM no. */
static const char *judge_sshd(const AkBootService *self, const AkBootFacts *facts,
                              GPtrArray *risks) {
  if (facts->settings == NULL)
    return "its settings are not in the image";
  SshKey keys[SSH_KEYS] = {{"permitrootlogin", NULL, false},
                           {"passwordauthentication", NULL, false},
                           {"permitemptypasswords", NULL, false},
                           {"kbdinteractiveauthentication", NULL, false},
                           {"challengeresponseauthentication", NULL, false},
                           {"usepam", NULL, false},
                           {"authenticationmethods", NULL, false}};
  g_autoptr(GPtrArray) room = g_ptr_array_new_with_free_func(g_free);
  note_ssh_arguments(keys, SSH_KEYS, facts->arguments, room);
  bool in_match = false;
  for (guint i = 0; i < facts->settings->len; i++) {
    const AkSetting *setting = facts->settings->pdata[i];
    in_match = in_match || strcmp(setting->key, "match") == 0;
    note_ssh(keys, SSH_KEYS, setting->key, setting->value, in_match);
  }
  bool passwords = asks_passwords(keys);
  if (keys[SSH_ROOT].is_yes_for_some)
    put(risks, "ssh.root-login");
  if (passwords && keys[SSH_METHODS].first == NULL)
    put(risks, "ssh.password-login");
  if (keys[SSH_EMPTY].is_yes_for_some)
    put(risks, "ssh.empty-password");
  const char *doubt = doubt_of(facts);
  return doubt != NULL                                             ? doubt
         : keys[SSH_METHODS].first != NULL && passwords            ? "which log-ins it asks for was not understood"
         : keys[SSH_ROOT].first == NULL && passwords               ? "whether the administrator logs in depends on the version"
                                                                   : NULL;
}

/* One section of /etc/config/dropbear, or the arguments. */
static void judge_dropbear_one(bool passwords, bool root, GPtrArray *risks) {
  if (passwords)
    put(risks, "ssh.password-login");
  if (passwords && root)
    put(risks, "ssh.root-login");
}

/* Each section is a server of its own. Source: OpenWrt, /etc/config/dropbear: enable, PasswordAuth, RootPasswordAuth, RootLogin,
 * all on by default. */
static void judge_dropbear_sections(const GPtrArray *settings, GPtrArray *risks) {
  static const char *const keys[] = {"enable", "passwordauth", "rootpasswordauth", "rootlogin"};
  bool on[] = {true, true, true, true};
  for (guint i = 0; i <= settings->len; i++) {
    const AkSetting *setting = i < settings->len ? settings->pdata[i] : NULL;
    bool is_end = setting == NULL || strcmp(setting->key, AK_SETTINGS_SECTION) == 0;
    if (is_end && i > 0 && on[0])
      judge_dropbear_one(on[1], on[2] && on[3], risks);
    for (gsize k = 0; k < G_N_ELEMENTS(keys); k++)
      on[k] = is_end || (strcmp(setting->key, keys[k]) == 0 ? ak_boot_config_is_on(setting->value) : on[k]);
  }
}

/* Source: dropbear(8): -s no password log-ins, -g none for root, -w no log-ins of root, -B blank passwords. */
static const char *judge_dropbear(const AkBootService *self, const AkBootFacts *facts,
                                  GPtrArray *risks) {
  static const char valued[] = "bdrpPWKIcTGA";
  bool is_uci = facts->settings != NULL && facts->form == AK_SETTINGS_UCI;
  const char *const *a = facts->arguments;
  bool passwords = ak_boot_argument_letter(a, valued, 's') == NULL;
  bool root = ak_boot_argument_letter(a, valued, 'g') == NULL && ak_boot_argument_letter(a, valued, 'w') == NULL;
  if (ak_boot_argument_letter(a, valued, 'B') != NULL)
    put(risks, "ssh.empty-password");
  if (is_uci && passwords)
    judge_dropbear_sections(facts->settings, risks);
  if (!is_uci && !facts->has_open_arguments)
    judge_dropbear_one(passwords, root, risks);
  return is_uci ? facts->is_partial ? "settings that were not understood" : NULL
                : facts->has_open_arguments ? "its arguments come from variables" : NULL;
}

static bool is_local_listener(const char *value) {
  g_auto(GStrv) words = g_strsplit_set(value, " \t", -1);
  const char *address = words[0] != NULL ? words[1] : NULL;
  return address != NULL && (g_str_has_prefix(address, "127.") || strcmp(address, "::1") == 0 || strcmp(address, "localhost") == 0);
}

/* Listeners that others reach, and those of them without a certificate: what stands behind a listener is its own; what stands
 * before the first one, with a port, is the default listener's. Source: mosquitto.conf(5). */
static void count_listeners(const GPtrArray *settings, guint *open, guint *plain) {
  bool is_one = ak_boot_config_first(settings, "port") != NULL, has_certificate = false;
  for (guint i = 0; i <= settings->len; i++) {
    const AkSetting *setting = i < settings->len ? settings->pdata[i] : NULL;
    if (setting == NULL || strcmp(setting->key, "listener") == 0) {
      *open += is_one;
      *plain += is_one && !has_certificate;
      is_one = setting != NULL && !is_local_listener(setting->value);
      has_certificate = false;
    } else {
      has_certificate = has_certificate || strcmp(setting->key, "certfile") == 0 || strcmp(setting->key, "psk_hint") == 0;
    }
  }
}

static bool is_on_anywhere(const GPtrArray *settings, const char *key) {
  for (guint i = 0; i < settings->len; i++) {
    const AkSetting *setting = settings->pdata[i];
    if (strcmp(setting->key, key) == 0 && ak_boot_config_is_on(setting->value))
      return true;
  }
  return false;
}

/* Source: mosquitto.conf(5). Which log-ins are open where allow_anonymous is missing depends on the
 * version: 2.0 refuses, older ones allow. With per_listener_settings each listener has its own. */
static const char *judge_mosquitto(const AkBootService *self, const AkBootFacts *facts,
                                   GPtrArray *risks) {
  if (facts->settings == NULL)
    return "its settings are not in the image";
  guint open = 0, plain = 0;
  const char *anonymous = ak_boot_config_last(facts->settings, "allow_anonymous");
  bool each = is_on_by(facts->settings, "per_listener_settings", false);
  count_listeners(facts->settings, &open, &plain);
  if (each ? is_on_anywhere(facts->settings, "allow_anonymous") : anonymous != NULL && ak_boot_config_is_on(anonymous))
    put(risks, "mqtt.anonymous");
  if (plain > 0)
    put(risks, "mqtt.plain");
  bool is_missing = each ? count_of(facts->settings, "allow_anonymous") < open : anonymous == NULL;
  return is_missing && open > 0 ? "whether anyone may log in depends on the version" : doubt_of(facts);
}

static bool is_default_community(const char *value) {
  g_auto(GStrv) words = g_strsplit_set(value, " \t", -1);
  for (char **word = words; *word != NULL; word++)
    if (strcmp(*word, "public") == 0 || strcmp(*word, "private") == 0)
      return true;
  return false;
}

/* "udp:127.0.0.1:161,[::1]": nobody else reaches it. Source: snmpd.conf(5), agentaddress; snmpd(8), LISTENING ADDRESSES. */
static bool is_local_agent(const GPtrArray *settings) {
  const char *value = settings != NULL ? ak_boot_config_last(settings, "agentaddress") : NULL;
  g_auto(GStrv) addresses = g_strsplit_set(value != NULL ? value : "", ", ", -1);
  bool is_local = false;
  for (char **address = addresses; *address != NULL; address++) {
    const char *colon = strchr(*address, ':'), *host = colon != NULL && g_ascii_isalpha(**address) ? colon + 1 : *address;
    bool is_own = g_str_has_prefix(host, "127.") || g_str_has_prefix(host, "[::1]") || g_str_has_prefix(*address, "localhost") ||
                  g_str_has_prefix(host, "localhost") || g_str_has_prefix(*address, "unix:");
    if (**address != '\0' && !is_own)
      return false;
    is_local = is_local || **address != '\0';
  }
  return is_local;
}

/* Source: snmpd.conf(5): rocommunity, rwcommunity and com2sec give access by SNMPv1 and v2c. */
static const char *judge_snmpd(const AkBootService *self, const AkBootFacts *facts,
                               GPtrArray *risks) {
  if (is_local_agent(facts->settings) && ak_boot_argument_operand(facts->arguments, "ACcDdgHIlLmMnpPrstuVvx") == NULL)
    return doubt_of_settings(facts);
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
    {"telnetd", "telnet", {{NULL}}, NULL, ak_boot_shell_judge_telnet},
    {"utelnetd", "telnet", {{NULL}}, NULL, ak_boot_shell_judge_telnet},
    {"in.telnetd", "telnet", {{NULL}}, NULL, ak_boot_shell_judge_telnet},
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
    {"inetutils-telnetd", "telnet", {{NULL}}, NULL, ak_boot_shell_judge_telnet},
    {"getty", "console", {{NULL}}, NULL, ak_boot_shell_judge_getty},
    {"agetty", "console", {{NULL}}, NULL, ak_boot_shell_judge_getty},
    {"mgetty", "console", {{NULL}}, NULL, ak_boot_shell_judge_getty},
    {"mingetty", "console", {{NULL}}, NULL, ak_boot_shell_judge_getty},
    {"login", "console", {{NULL}}, NULL, ak_boot_shell_judge_login},
    {"su", "console", {{NULL}}, NULL, ak_boot_shell_judge_login},
    {AK_BOOT_CONSOLE, "console", {{NULL}}, NULL, ak_boot_shell_judge_console},
    {AK_BOOT_NETWORK_SHELL, "shell", {{NULL}}, NULL, ak_boot_shell_judge_network},
    {"nc", "shell", {{NULL}}, NULL, ak_boot_shell_judge_relay},
    {"ncat", "shell", {{NULL}}, NULL, ak_boot_shell_judge_relay},
    {"netcat", "shell", {{NULL}}, NULL, ak_boot_shell_judge_relay},
    {"socat", "shell", {{NULL}}, NULL, ak_boot_shell_judge_relay},
    {"tcpsvd", "shell", {{NULL}}, NULL, ak_boot_shell_judge_relay},
    {"udpsvd", "shell", {{NULL}}, NULL, ak_boot_shell_judge_relay},
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
