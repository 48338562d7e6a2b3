#include "firmware/analysis/update-config.h"

#include <string.h>

#include "util/json.h"

#define MAX_SOURCES 50
#define MAX_ADDRESS 200

/* The rest of the first line that begins with `key`, comments and white space before it aside;
 * NULL: none. */
static const char *setting(const char *text, const char *key) {
  gsize size = strlen(key);
  for (const char *line = text; line != NULL; line = strchr(line, '\n')) {
    line += strspn(line, " \t\r\n");
    if (g_ascii_strncasecmp(line, key, size) == 0)
      return line + size + strspn(line + size, " \t");
  }
  return NULL;
}

static bool is_word(const char *text, const char *word) {
  gsize size = strlen(word);
  return text != NULL && g_ascii_strncasecmp(text, word, size) == 0 && !g_ascii_isalnum(text[size]);
}

/* The last line of several counts: opkg sets each in its turn. */
static const char *last_setting(const char *text, const char *key) {
  const char *last = NULL;
  for (const char *next = setting(text, key); next != NULL; next = setting(next, key))
    last = next;
  return last;
}

/* "option check_signature" switches it on; with 0 off; without it nothing is checked. */
static AkUpdateAnswer judge_opkg(const char *text) {
  const char *value = last_setting(text, "option check_signature");
  return value == NULL || is_word(value, "0") ? AK_UPDATE_UNCHECKED : AK_UPDATE_CHECKED;
}

/* Of the files beside it: where they do not speak of it, opkg.conf decides. */
static AkUpdateAnswer judge_opkg_part(const char *text) {
  return last_setting(text, "option check_signature") == NULL ? AK_UPDATE_UNKNOWN : judge_opkg(text);
}

/* Bundles are always verified, by this keyring; where none is named nothing can be installed. */
static AkUpdateAnswer judge_rauc(const char *text) {
  const char *section = strstr(text, "[keyring]");
  const char *path = section != NULL ? setting(section, "path") : NULL;
  return path != NULL && *path == '=' ? AK_UPDATE_CHECKED : AK_UPDATE_UNKNOWN;
}

/* The key may also be an argument, and the program may be built without signatures. */
static AkUpdateAnswer judge_swupdate(const char *text) {
  static const char *const keys[] = {"public-key-file", "ca-file"};
  for (gsize i = 0; i < G_N_ELEMENTS(keys); i++) {
    const char *value = setting(text, keys[i]);
    if (value != NULL && strchr("=:", *value) != NULL)
      return AK_UPDATE_CHECKED;
  }
  return AK_UPDATE_UNKNOWN;
}

/* Without a key artifacts are not verified. */
static AkUpdateAnswer judge_mender(const char *text) {
  g_autoptr(json_t) json = ak_json_parse(text, strlen(text), "mender.conf", NULL);
  if (json == NULL)
    return AK_UPDATE_UNKNOWN;
  bool has_key = *ak_json_string_or(json, "ArtifactVerifyKey", "") != '\0' ||
                 json_array_size(json_object_get(json, "ArtifactVerifyKeys")) > 0;
  return has_key ? AK_UPDATE_CHECKED : AK_UPDATE_UNCHECKED;
}

/* OnlyTrusted is true where it is missing. */
static AkUpdateAnswer judge_fwupd(const char *text) {
  const char *value = setting(text, "OnlyTrusted");
  value = value != NULL ? value + strspn(value, "= \t") : NULL;
  return is_word(value, "false") ? AK_UPDATE_UNCHECKED : AK_UPDATE_CHECKED;
}

/* Checked unless a source is trusted blindly. */
static AkUpdateAnswer judge_apt_sources(const char *text) {
  for (const char *line = text; line != NULL; line = strchr(line, '\n')) {
    line += strspn(line, " \t\r\n");
    const char *end = strchr(line, '\n');
    gsize size = end != NULL ? (gsize)(end - line) : strlen(line);
    bool is_source = g_str_has_prefix(line, "deb ") || g_str_has_prefix(line, "deb\t") ||
                     g_ascii_strncasecmp(line, "Trusted:", 8) == 0 || g_ascii_strncasecmp(line, "Allow-Insecure:", 15) == 0;
    g_autofree char *lower = g_ascii_strdown(line, (gssize)size);
    if (is_source && (strstr(lower, "trusted=yes") != NULL || strstr(lower, "trusted=true") != NULL ||
                      strstr(lower, "allow-insecure=yes") != NULL || strstr(lower, "trusted: yes") != NULL ||
                      strstr(lower, "allow-insecure: yes") != NULL))
      return AK_UPDATE_UNCHECKED;
  }
  return AK_UPDATE_CHECKED;
}

static AkUpdateAnswer judge_apt_conf(const char *text) {
  static const char *const keys[] = {"APT::Get::AllowUnauthenticated", "Acquire::AllowInsecureRepositories"};
  for (gsize i = 0; i < G_N_ELEMENTS(keys); i++) {
    const char *value = setting(text, keys[i]);
    value = value != NULL ? value + strspn(value, " \t\"") : NULL;
    if (is_word(value, "true") || is_word(value, "1") || is_word(value, "yes"))
      return AK_UPDATE_UNCHECKED;
  }
  return AK_UPDATE_UNKNOWN;
}

/* One repository that is not checked is enough; gpgcheck is off where it is missing. Source: dnf.conf(5); a repository's own value
 * stands before that of dnf.conf. */
static AkUpdateAnswer judge_dnf(const char *text) {
  bool is_checked = false;
  for (const char *value = setting(text, "gpgcheck"); value != NULL; value = setting(value, "gpgcheck")) {
    value += strspn(value, " \t=");
    if (is_word(value, "0") || is_word(value, "false") || is_word(value, "no"))
      return AK_UPDATE_UNCHECKED;
    is_checked = true;
  }
  return is_checked ? AK_UPDATE_CHECKED : AK_UPDATE_UNKNOWN;
}

/* Signatures by GPG are asked for unless they are switched off. Source: ostree.repo-config(5). */
static AkUpdateAnswer judge_ostree(const char *text) {
  const char *value = setting(text, "gpg-verify"), *sign = setting(text, "sign-verify");
  value = value != NULL ? value + strspn(value, " \t=") : NULL;
  sign = sign != NULL ? sign + strspn(sign, " \t=") : NULL;
  bool is_off = is_word(value, "false") || is_word(value, "0");
  bool has_other = sign != NULL && !is_word(sign, "false") && !is_word(sign, "0");
  return strstr(text, "[remote ") == NULL ? AK_UPDATE_UNKNOWN : is_off && !has_other ? AK_UPDATE_UNCHECKED : AK_UPDATE_CHECKED;
}

/* A bad signature only warns unless one is required. */
static AkUpdateAnswer judge_sysupgrade(const char *text) {
  return setting(text, "REQUIRE_IMAGE_SIGNATURE=1") != NULL ||
                 setting(text, "export REQUIRE_IMAGE_SIGNATURE=1") != NULL
             ? AK_UPDATE_CHECKED
             : AK_UPDATE_UNCHECKED;
}

static const AkUpdater updaters[] = {
    {"opkg", "/etc/opkg.conf", judge_opkg, NULL},
    {"rauc", "/etc/rauc/system.conf", judge_rauc, "its settings name no keyring"},
    {"swupdate", "/etc/swupdate.cfg", judge_swupdate,
     "a key may be given when it is started, and it may be built without signatures"},
    {"mender", "/etc/mender/mender.conf", judge_mender, "its settings are not understood"},
    {"fwupd", "/etc/fwupd/daemon.conf", judge_fwupd, NULL},
    {"fwupd", "/etc/fwupd/fwupd.conf", judge_fwupd, NULL},
    {"opkg", "/etc/opkg/", judge_opkg_part, "these settings do not speak of signatures"},
    {"apt", "/etc/apt/sources.list", judge_apt_sources, NULL},
    {"apt", "/etc/apt/sources.list.d/", judge_apt_sources, NULL},
    {"apt", "/etc/apt/apt.conf", judge_apt_conf, "these settings do not speak of signatures"},
    {"apt", "/etc/apt/apt.conf.d/", judge_apt_conf, "these settings do not speak of signatures"},
    {"dnf", "/etc/dnf/dnf.conf", judge_dnf, "these settings do not speak of signatures"},
    {"yum", "/etc/yum.conf", judge_dnf, "these settings do not speak of signatures"},
    {"dnf", "/etc/yum.repos.d/", judge_dnf, "these settings do not speak of signatures"},
    {"ostree", "/ostree/repo/config", judge_ostree, "its settings name no remote"},
    {"ostree", "/etc/ostree/remotes.d/", judge_ostree, "its settings name no remote"},
    {"sysupgrade", "/lib/upgrade/fwtool.sh", judge_sysupgrade, NULL},
};

/* Of a folder the files that its program reads. */
static bool is_file_of(const char *path, const char *folder) {
  static const char *const endings[] = {".conf", ".list", ".sources", ".repo"};
  const char *at = strstr(path, folder), *name = at != NULL ? at + strlen(folder) : "";
  bool is_apt_conf = strstr(folder, "apt.conf.d/") != NULL && strchr(name, '.') == NULL; /* names without an ending count there */
  bool is_read = is_apt_conf;
  for (gsize i = 0; i < G_N_ELEMENTS(endings); i++)
    is_read = is_read || g_str_has_suffix(name, endings[i]);
  return *name != '\0' && strchr(name, '/') == NULL && is_read;
}

const AkUpdater *ak_updater_of(const char *path) {
  for (gsize i = 0; i < G_N_ELEMENTS(updaters); i++)
    if (g_str_has_suffix(updaters[i].end, "/") ? is_file_of(path, updaters[i].end) : g_str_has_suffix(path, updaters[i].end))
      return &updaters[i];
  return NULL;
}

/* "http://user:secret@host/x" → "http://host/x". */
static char *address_of(const char *start) {
  gsize size = strcspn(start, " \t\r\n\"'<>");
  g_autofree char *whole = g_strndup(start, MIN(size, MAX_ADDRESS));
  const char *host = strstr(whole, "://") + 3;
  gsize host_size = strcspn(host, "/");
  const char *at = memchr(host, '@', host_size);
  return at == NULL ? g_steal_pointer(&whole)
                    : g_strdup_printf("%.*s%s", (int)(host - whole), whole, at + 1);
}

GPtrArray *ak_update_plain_sources(const char *text) {
  static const char *const schemes[] = {"http://", "ftp://"};
  GPtrArray *sources = g_ptr_array_new_with_free_func(g_free);
  for (const char *line = text; line != NULL; line = strchr(line, '\n')) {
    line += strspn(line, " \t\r\n");
    gsize size = strcspn(line, "\n");
    for (gsize i = 0; *line != '#' && *line != ';' && i < G_N_ELEMENTS(schemes); i++) {
      const char *found = memmem(line, size, schemes[i], strlen(schemes[i]));
      if (found != NULL && sources->len < MAX_SOURCES)
        g_ptr_array_add(sources, address_of(found));
    }
  }
  return sources;
}

bool ak_firmware_update_config_fuzz(const guint8 *data, gsize size) {
  g_autofree char *text = g_strndup(size > 0 ? (const char *)data : "", size);
  guint checked = 0;
  for (gsize i = 0; i < G_N_ELEMENTS(updaters); i++) {
    AkUpdateAnswer answer = updaters[i].judge(text);
    g_assert_true(answer != AK_UPDATE_UNKNOWN || updaters[i].unknown != NULL);
    checked += answer == AK_UPDATE_UNCHECKED;
  }
  g_autoptr(GPtrArray) sources = ak_update_plain_sources(text);
  return checked > 0 || sources->len > 0;
}
