/* Each daemon's own weak and sound settings, written by hand beside its rows; what counts of
 * several values; files that are not understood. */
#include <gio/gio.h>

#include "firmware/analysis/daemon-rule.h"
#include "firmware/unpack/test-image.h"

static json_t *load_rows(void) {
  g_autoptr(GError) error = NULL;
  g_autoptr(GBytes) bytes = g_resources_lookup_data("/akashi/firmware/daemons.json",
                                                    G_RESOURCE_LOOKUP_FLAGS_NONE, &error);
  g_assert_no_error(error);
  json_t *document =
      ak_json_parse(g_bytes_get_data(bytes, NULL), g_bytes_get_size(bytes), "daemons", &error);
  g_assert_no_error(error);
  return document;
}

static gint by_text(gconstpointer a, gconstpointer b) {
  return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* "ftp.anonymous ftp.plain": sorted; with the doubt in brackets where there is one. */
static char *judged(const AkBootService *service, const char *text, const char *argument) {
  const char *arguments[] = {argument, NULL};
  guint unread = 0;
  g_autoptr(GPtrArray) settings =
      text != NULL ? ak_boot_config_read(service->configs[0].form, (const guint8 *)text,
                                         strlen(text), &unread)
                   : NULL;
  g_autoptr(GPtrArray) risks = g_ptr_array_new();
  AkBootFacts facts = {.arguments = arguments,
                       .settings = settings,
                       .form = service->configs[0].form,
                       .is_partial = unread > 0};
  const char *doubt = service->judge(service, &facts, risks);
  g_ptr_array_sort(risks, by_text);
  g_ptr_array_add(risks, NULL);
  g_autofree char *joined = g_strjoinv(" ", (GStrv)risks->pdata);
  return doubt != NULL ? g_strdup_printf("%s (%s)", joined, doubt) : g_steal_pointer(&joined);
}

/* All risks of a daemon's rows, or those that its weak file names. */
static char *expected_of(const json_t *daemon) {
  g_autoptr(GPtrArray) risks = g_ptr_array_new();
  const json_t *named = json_object_get(daemon, "weak_risks"),
               *rows = json_object_get(daemon, "rows");
  for (gsize i = 0; i < json_array_size(named); i++)
    g_ptr_array_add(risks, (gpointer)json_string_value(json_array_get(named, i)));
  for (gsize i = 0; named == NULL && i < json_array_size(rows); i++) {
    const char *risk = ak_json_string_or(json_array_get(rows, i), "risk", "");
    if (!g_ptr_array_find_with_equal_func(risks, risk, g_str_equal, NULL))
      g_ptr_array_add(risks, (gpointer)risk);
  }
  g_ptr_array_sort(risks, by_text);
  g_ptr_array_add(risks, NULL);
  return g_strjoinv(" ", (GStrv)risks->pdata);
}

static void test_rows(void) {
  g_autoptr(json_t) document = load_rows();
  g_autoptr(GError) error = NULL;
  g_autoptr(AkDaemons) daemons = ak_daemons_new(&error);
  g_assert_no_error(error);
  const json_t *all = json_object_get(document, "daemons");
  g_assert_cmpuint(json_array_size(all), >=, 18);
  for (gsize i = 0; i < json_array_size(all); i++) {
    const json_t *daemon = json_array_get(all, i);
    const char *name = json_string_value(json_array_get(json_object_get(daemon, "names"), 0));
    const AkBootService *service = ak_daemons_find(daemons, name);
    g_assert_nonnull(service);
    g_autofree char *wanted = expected_of(daemon);
    g_autofree char *weak = judged(service, ak_json_string_or(daemon, "weak", ""), NULL);
    g_autofree char *sound = judged(service, ak_json_string_or(daemon, "sound", ""), NULL);
    if (strcmp(weak, wanted) != 0 || *sound != '\0')
      g_error("%s: weak %s, not %s; sound %s", name, weak, wanted, sound);
  }
}

/* Each row says what it means, in both languages, and where that stands. */
static void test_texts(void) {
  g_autoptr(json_t) document = load_rows();
  const json_t *all = json_object_get(document, "daemons");
  for (gsize i = 0; i < json_array_size(all); i++) {
    const json_t *daemon = json_array_get(all, i), *rows = json_object_get(daemon, "rows");
    g_assert_cmpstr(ak_json_string_or(daemon, "source", ""), !=, "");
    for (gsize k = 0; k < json_array_size(rows); k++) {
      g_assert_cmpstr(ak_json_string_or(json_array_get(rows, k), "en", ""), !=, "");
      g_assert_cmpstr(ak_json_string_or(json_array_get(rows, k), "ja", ""), !=, "");
    }
  }
}

/* What the catalogues take for dangerous is a risk that something gives: of a row here, or of the daemons that
 * need more than a row. */
static void test_dangerous(void) {
  static const char *const others[] = {"console.no-login",       "mqtt.anonymous",     "snmp.default-community",
                                       "snmp.write-community", "ssh.empty-password", "telnet.no-login"};
  static const char *const catalogs[] = {"/akashi/catalog/en303645.json", "/akashi/catalog/jc-star.json"};
  g_autoptr(json_t) document = load_rows();
  g_autoptr(GHashTable) known = g_hash_table_new(g_str_hash, g_str_equal);
  const json_t *all = json_object_get(document, "daemons");
  for (gsize i = 0; i < G_N_ELEMENTS(others); i++)
    g_hash_table_add(known, (gpointer)others[i]);
  for (gsize i = 0; i < json_array_size(all); i++) {
    const json_t *rows = json_object_get(json_array_get(all, i), "rows");
    for (gsize k = 0; k < json_array_size(rows); k++)
      g_hash_table_add(known, (gpointer)ak_json_string_or(json_array_get(rows, k), "risk", ""));
  }
  for (gsize c = 0; c < G_N_ELEMENTS(catalogs); c++) {
    g_autoptr(GBytes) bytes = g_resources_lookup_data(catalogs[c], G_RESOURCE_LOOKUP_FLAGS_NONE, NULL);
    g_assert_nonnull(bytes);
    g_autoptr(json_t) catalog = ak_json_parse(g_bytes_get_data(bytes, NULL), g_bytes_get_size(bytes), "catalog", NULL);
    const json_t *risks = json_object_get(json_object_get(catalog, "lists"), "dangerous-risks");
    g_assert_cmpuint(json_array_size(risks), >=, 12);
    for (gsize i = 0; i < json_array_size(risks); i++)
      if (!g_hash_table_contains(known, json_string_value(json_array_get(risks, i))))
        g_error("%s: %s is given by nothing", catalogs[c], json_string_value(json_array_get(risks, i)));
  }
}

static void test_what_counts(void) {
  static const struct {
    const char *name, *text, *argument, *expected;
  } cases[] = {
      {"vsftpd", "anonymous_enable=NO\nssl_enable=NO\nssl_enable=YES\n", NULL, ""},
      {"vsftpd", NULL, NULL, " (its settings are not in the image)"},
      {"vsftpd", "anonymous_enable=NO\n???\n", NULL, " (settings that were not understood)"},
      {"dnsmasq", NULL, "--enable-tftp=br0", "tftp.open"},
      {"dnsmasq", NULL, NULL, ""},
      {"miniupnpd", "ext_ifname=eth0\n", "-S", ""},
      {"miniupnpd", "ext_ifname=eth0\n", NULL, "upnp.no-secure-mode"},
      {"ntpd", "server a\n", NULL, "ntp.open-query"},
      {"ntpd", "restrict default noquery\nrestrict 10.0.0.0 mask 255.0.0.0 nomodify\n", NULL, ""},
      {"smbd", "[global]\nmap to guest = Never\nguest ok = no\n[a]\n Guest OK = Yes\n", NULL,
       "smb.guest (what holds by default depends on the version)"},
      {"smbd", "[global]\nmin protocol = SMB2\n", NULL, ""},
      {"smbd", "[global]\nserver min protocol = SMB3\n", NULL, ""},
      {"smbd", "[global]\nmin protocol = NT1\n", NULL, "smb.old-protocol"},
      {"lighttpd", "server.port = 80\n$SERVER[\"socket\"] == \":443\" {\n  ssl.engine = \"enable\"\n}\n", NULL, "http.plain"},
      {"lighttpd", "ssl.engine = \"enable\"\n$HTTP[\"url\"] =~ \"^/x\" {\n  dir-listing.activate = \"enable\"\n}\n", NULL, "http.directory-listing"},
      {"lighttpd", "$SERVER[\"socket\"] == \":8443\" { ssl.engine = \"enable\" }\nserver.port = 443\nssl.engine = \"enable\"\n", NULL, ""},
      {"hostapd", "ssid=x\nwep_key0=\"abcde\"\n", NULL, "wifi.wep"},
      {"hostapd", "ssid=x\nwpa=3\nwps_state=2\nap_pin=12345670\n", NULL,
       "wifi.old-wpa wifi.wps-pin"},
      {"hostapd", "ssid=x\nwpa=2\nap_pin=12345670\n", NULL, ""}, /* WPS is off unless it is set */
      {"openvpn", "dev tun\ncipher none\n", NULL, "vpn.no-encryption"},
      {"redis-server", "port 1\n", NULL, ""},
      {"redis-server", "protected-mode no\nbind 127.0.0.1 ::1\n", NULL, ""},
      {"redis-server", "protected-mode no\nbind ::1\n", NULL, ""},
      {"redis-server", "protected-mode no\nbind 192.0.2.1\n", NULL, "database.open"},
      {"redis-server", "protected-mode no\nbind 127.0.0.1 192.0.2.1\n", NULL, "database.open"},
      {"redis-server", "protected-mode no\nbind 127.0.0.1 2001:db8::1\n", NULL, "database.open"},
      {"redis-server", "protected-mode no\nbind 127.0.0.1 -::1\n", NULL, ""}, /* "-": may be missing */
      {"redis-server", "protected-mode no\nbind * -::*\n", NULL, "database.open"},
      {"rsync", "address = ::1\n[a]\nread only = no\n", NULL, ""},
      {"rsync", "address = 127.0.0.1\n[a]\nread only = no\n", NULL, ""},
      {"rsync", "address = 192.0.2.1\n[a]\nread only = no\n", NULL, "rsync.open rsync.open-write"},
  };
  g_autoptr(AkDaemons) daemons = ak_daemons_new(NULL);
  for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
    g_autofree char *got =
        judged(ak_daemons_find(daemons, cases[i].name), cases[i].text, cases[i].argument);
    if (strcmp(got, cases[i].expected) != 0)
      g_error("%s, %s: %s, not %s", cases[i].name, cases[i].text, got, cases[i].expected);
  }
}

static void test_bad_data(void) {
  static const char *const bad[] = {
      "{", "{}", "{\"daemons\":[{\"names\":[\"a\"]}]}",
      "{\"daemons\":[{\"names\":[\"a\"],\"kind\":\"x\",\"counts\":\"any\",\"files\":[[\"/a\","
      "\"odd\"]],\"rows\":[]}]}",
      "{\"daemons\":[{\"names\":[\"a\"],\"kind\":\"x\",\"counts\":\"any\",\"files\":[],\"rows\":[{"
      "\"risk\":\"r\",\"all\":[{\"setting\":\"s\",\"weak\":[],\"missing\":\"odd\"}]}]}]}"};
  for (gsize i = 0; i < G_N_ELEMENTS(bad); i++) {
    g_autoptr(GError) error = NULL;
    g_autoptr(AkDaemons) daemons = ak_daemons_read(bad[i], strlen(bad[i]), &error);
    g_assert_null(daemons);
    g_assert_nonnull(error);
  }
}

/* --- images ------------------------------------------------------------------------------------
 */

static void add_start(AkFirmwareTree *tree, const char *path, const char *line) {
  g_autofree char *text = g_strdup_printf("#!/bin/sh\n%s\n", line);
  image_tree_bytes(tree, path, 0755, text, strlen(text));
}

static void add_programs(AkFirmwareTree *tree, const char *names) {
  g_auto(GStrv) words = g_strsplit(names, " ", -1);
  for (char **word = words; *word != NULL; word++) {
    g_autofree char *path = g_strconcat("/usr/sbin/", *word, NULL);
    image_tree_bytes(tree, path, 0755,
                     "\x7f"
                     "ELF",
                     4);
  }
}

static void test_understood(void) {
  g_autoptr(AkFirmwareTree) tree = image_tree();
  add_start(tree, "/etc/rc3.d/S20smb", "/usr/sbin/smbd -D\n/usr/sbin/nmbd -D");
  add_start(tree, "/etc/rc3.d/S21own", "/usr/sbin/makerd &");
  add_start(tree, "/etc/rc3.d/S22dlna", "/usr/sbin/minidlna");
  image_tree_text(tree, "/etc/samba/smb.conf", "[global]\nserver min protocol = NT1\n");
  image_tree_text(tree, "/etc/makerd.conf", "port=7000\n");
  image_tree_text(tree, "/etc/minidlna.conf", "port=8200\n{{{\n");
  add_programs(tree, "smbd nmbd makerd minidlna");
  g_autoptr(AkSinkCollector) seen = image_look(tree, "firmware.service");
  image_expect(seen, "image!/etc/rc3.d/S20smb!smbd", "service-at-boot.risk", "smb.old-protocol");
  image_expect(seen, "image", "service-at-boot.configurations", "1 of 3 files understood");
  image_expect(seen, "image", "service-at-boot.not-understood",
               "/etc/makerd.conf: nothing is known of its program|"
               "/etc/minidlna.conf: lines that were not understood");
  image_expect(seen, "image", "service-at-boot.coverage", "starters");
}

static void test_all_understood(void) {
  g_autoptr(AkFirmwareTree) tree = image_tree();
  add_start(tree, "/etc/rc3.d/S22dlna", "/usr/sbin/minidlna");
  image_tree_text(tree, "/etc/minidlna.conf", "port=8200\n");
  add_programs(tree, "minidlna");
  g_autoptr(AkSinkCollector) seen = image_look(tree, "firmware.service");
  image_expect(seen, "image!/etc/rc3.d/S22dlna!minidlna", "service-at-boot.risk", "absent");
  image_expect(seen, "image", "service-at-boot.configurations", "1 of 1 files understood");
  image_expect(seen, "image", "service-at-boot.not-understood", "absent");
  image_expect(seen, "image", "service-at-boot.coverage", "configurations|starters");
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/daemon-rule/rows", test_rows);
  g_test_add_func("/daemon-rule/texts", test_texts);
  g_test_add_func("/daemon-rule/dangerous", test_dangerous);
  g_test_add_func("/daemon-rule/what-counts", test_what_counts);
  g_test_add_func("/daemon-rule/bad-data", test_bad_data);
  g_test_add_func("/daemon-rule/understood", test_understood);
  g_test_add_func("/daemon-rule/all-understood", test_all_understood);
  return g_test_run();
}
