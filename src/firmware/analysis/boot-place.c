#include "firmware/analysis/boot-place.h"

#include <string.h>

/* Source: init(8), inittab(5), inetd(8), xinetd(8); the trees of BusyBox, buildroot, OpenWrt and of Ralink's SDK ("/etc_ro"). */
static const AkBootTable tables[] = {
    {"/etc/inittab", AK_BOOT_INITTAB, "inittab", AK_BOOT_STARTS},
    {"/etc_ro/inittab", AK_BOOT_INITTAB, "inittab", AK_BOOT_STARTS},
    {"/etc/inetd.conf", AK_BOOT_INETD, "inetd", AK_BOOT_SUPER},
    {"/etc/inetd.d/", AK_BOOT_INETD, "inetd", AK_BOOT_SUPER},
    {"/etc/xinetd.conf", AK_BOOT_XINETD, "xinetd", AK_BOOT_SUPER},
    {"/etc/xinetd.d/", AK_BOOT_XINETD, "xinetd", AK_BOOT_SUPER},
    {"/etc/init.d/rcS", AK_BOOT_SCRIPT, "boot script", AK_BOOT_STARTS},
    {"/etc/rc.local", AK_BOOT_SCRIPT, "rc.local", AK_BOOT_RUN_BY_NAME},
    {"/etc/rc.d/rc.local", AK_BOOT_SCRIPT, "rc.local", AK_BOOT_RUN_BY_NAME},
    {"/etc/rcS", AK_BOOT_SCRIPT, "boot script", AK_BOOT_STARTS},
    {"/etc_ro/rcS", AK_BOOT_SCRIPT, "boot script", AK_BOOT_STARTS},
    {"/etc/rc", AK_BOOT_SCRIPT, "boot script", AK_BOOT_STARTS},
    {"/etc/rc.d/rcS", AK_BOOT_SCRIPT, "boot script", AK_BOOT_STARTS},
    {"/etc/rc.sysinit", AK_BOOT_SCRIPT, "boot script", AK_BOOT_STARTS},
    {"/etc/preinit", AK_BOOT_SCRIPT, "boot script", AK_BOOT_MAY_START},
    {"/sbin/preinit", AK_BOOT_SCRIPT, "boot script", AK_BOOT_MAY_START},
    {"/sbin/init", AK_BOOT_SCRIPT, "boot script", AK_BOOT_MAY_START},
};

static bool is_in(const char *path, const char *folder) {
  const char *at = g_strrstr(path, folder);
  return at != NULL && strchr(at + strlen(folder), '/') == NULL;
}

const AkBootTable *ak_boot_place_table(const char *path) {
  static const AkBootTable first = {"", AK_BOOT_SCRIPT, "boot script", AK_BOOT_STARTS}; /* of an initramfs */
  if (strcmp(path, "/init") == 0 || strcmp(path, "/linuxrc") == 0)
    return &first;
  for (gsize i = 0; i < G_N_ELEMENTS(tables); i++) {
    bool is_folder = g_str_has_suffix(tables[i].ending, "/");
    if (is_folder ? is_in(path, tables[i].ending) : g_str_has_suffix(path, tables[i].ending))
      return &tables[i];
  }
  return NULL;
}

/* "/usr/etc" is of the root of which /usr is a part. */
char *ak_boot_place_root(const char *path, const char *marker) {
  const char *at = strstr(path, marker);
  char *root = at != NULL ? g_strndup(path, (gsize)(at - path)) : NULL;
  if (root != NULL && g_str_has_suffix(root, "/usr"))
    root[strlen(root) - 4] = '\0';
  return root;
}

bool ak_boot_place_resolve(const AkBootRoot *root, const char *path, guint *index) {
  return ak_firmware_paths_find(root->paths, root->container, root->root, path, index) == AK_PATH_FOUND;
}

const char *ak_boot_place_start_name(const char *name) {
  return name[0] == 'S' && g_ascii_isdigit(name[1]) && g_ascii_isdigit(name[2]) && name[3] != '\0' ? name + 3 : NULL;
}

/* Source: init(8) of sysvinit, buildroot's and OpenWrt's rcS, LSB: runlevels S and 2 to 5. */
bool ak_boot_place_is_start_folder(const char *folder) {
  static const char *const endings[] = {"/etc/rcS.d",      "/etc/rc2.d",      "/etc/rc3.d",      "/etc/rc4.d",       "/etc/rc5.d",
                                        "/etc/init.d",     "/etc/rc.d",       "/etc/rc.d/rc2.d", "/etc/rc.d/rc3.d",  "/etc/rc.d/rc4.d",
                                        "/etc/rc.d/rc5.d", "/etc/rc.d/rcS.d", "/etc_ro/init.d",  "/etc/init.d/rc2.d", "/etc/init.d/rc3.d",
                                        "/etc/init.d/rc4.d", "/etc/init.d/rc5.d", "/etc/init.d/boot.d"};
  for (gsize i = 0; i < G_N_ELEMENTS(endings); i++)
    if (g_str_has_suffix(folder, endings[i]))
      return true;
  return false;
}

/* Source: openrc(8), runlevels; runsvdir(8) and the folders that void, Debian and busybox use; OpenWrt, uci-defaults: run at the first
 * start; hotplug.d: run for each interface. */
char *ak_boot_place_other(const char *path, const char **script) {
  static const struct {
    const char *folder, *how, *script;
  } folders[] = {
      {"/etc/uci-defaults/", "uci-defaults", ""}, {"/etc/hotplug.d/iface/", "hotplug", ""}, {"/etc/hotplug.d/net/", "hotplug", ""},
      {"/etc/service/", "runit", "/run"},         {"/var/service/", "runit", "/run"},       {"/etc/runit/runsvdir/default/", "runit", "/run"},
  };
  for (gsize i = 0; i < G_N_ELEMENTS(folders); i++)
    if (is_in(path, folders[i].folder)) {
      *script = folders[i].script;
      return g_strdup(folders[i].how);
    }
  const char *level = strstr(path, "/etc/runlevels/");
  level = level != NULL ? level + strlen("/etc/runlevels/") : "";
  gsize length = strcspn(level, "/");
  if (level[length] != '/' || strchr(level + length + 1, '/') != NULL || g_str_has_prefix(level, "shutdown/"))
    return NULL;
  *script = "";
  return g_strdup_printf("openrc %.*s", (int)length, level);
}

/* A shell takes what it can read, with or without "#!". */
static bool is_readable(const guint8 *data, gsize size) {
  return size > 2 && data[0] != 0x7f && memchr(data, '\0', MIN(size, 1024)) == NULL;
}

bool ak_boot_place_script(const AkBootRoot *root, guint starter, const char *name, guint *index) {
  const AkNode *own = ak_firmware_tree_node(root->tree, starter);
  gsize above = strlen(root->root);
  g_autofree char *beside = g_path_get_dirname(own->path + MIN(above, strlen(own->path)));
  const char *const folders[] = {"/usr/sbin", "/sbin", "/usr/bin", "/bin", "/usr/local/sbin", "/usr/local/bin", beside, "", "/etc"};
  bool is_whole = name[0] == '/', is_local = !is_whole && strchr(name, '/') != NULL;
  for (gsize i = is_local ? 6 : 0; i < (is_whole ? 1 : G_N_ELEMENTS(folders)) && *name != '\0'; i++) {
    g_autofree char *path = is_whole ? g_strdup(name) : g_strdup_printf("%s/%s", folders[i], name);
    gsize size = 0;
    if (!ak_boot_place_resolve(root, path, index))
      continue;
    const guint8 *data = ak_firmware_paths_bytes(root->paths, *index, &size);
    return data != NULL && is_readable(data, size);
  }
  return false;
}

/* Source: systemd.special(7). */
bool ak_boot_place_is_boot_target(const char *name) {
  static const char *const others[] = {"rescue.", "emergency.", "shutdown.", "reboot.",   "halt.",    "poweroff.",   "kexec.",  "exit.",
                                       "final.",  "umount.",    "sleep.",    "suspend.",  "hibernate.", "hybrid-sleep.", "initrd", "factory-reset.",
                                       "soft-reboot.", "suspend-then-", "runlevel0.", "runlevel6.", "runlevel1.", "ctrl-alt-del."};
  for (gsize i = 0; i < G_N_ELEMENTS(others); i++)
    if (g_str_has_prefix(name, others[i]))
      return false;
  return true;
}

/* Where the link leads, or the template of an instance; "/etc" comes first. Source: systemd.unit(5). */
char *ak_boot_place_unit(const AkBootRoot *root, const char *link) {
  static const char *const folders[] = {"/etc/systemd/system", "/usr/local/lib/systemd/system", "/lib/systemd/system", "/usr/lib/systemd/system"};
  const char *name = ak_boot_start_name(link), *at = strchr(name, '@'), *dot = strrchr(name, '.');
  g_autofree char *template = at != NULL && dot != NULL && dot > at ? g_strdup_printf("%.*s@%s", (int)(at - name), name, dot) : g_strdup(name);
  guint index = 0;
  for (gsize i = 0; i < G_N_ELEMENTS(folders); i++) {
    g_autofree char *own = g_strdup_printf("%s/%s", folders[i], name), *any = g_strdup_printf("%s/%s", folders[i], template);
    if (ak_firmware_paths_find(root->paths, root->container, root->root, own, &index) == AK_PATH_DANGLING)
      return NULL; /* masked: a link to /dev/null */
    if (ak_boot_place_resolve(root, own, &index))
      return g_steal_pointer(&own);
    if (ak_boot_place_resolve(root, any, &index))
      return g_steal_pointer(&any);
  }
  return *link == '/' && ak_boot_place_resolve(root, link, &index) ? g_strdup(link) : NULL;
}
