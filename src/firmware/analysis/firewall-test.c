#include "firmware/analysis/firewall-file.h"

#include <string.h>

#include "firmware/unpack/test-image.h"

/* A weak and a sound file of each form, answers by hand. */
static const struct {
  const char *path, *text, *policy, *accepts;
} rows[] = {
    {"/etc/iptables/rules.v4",
     "*filter\n:INPUT ACCEPT [0:0]\n:FORWARD DROP [0:0]\n-A INPUT -p tcp -m tcp --dport 23 -j "
     "ACCEPT\nCOMMIT\n",
     "input accept", "tcp 23"},
    {"/etc/iptables/rules.v4",
     "*filter\n:INPUT DROP [0:0]\n-A INPUT -p tcp --dport 22 -j DROP\n-A FORWARD -p tcp --dport 80 "
     "-j ACCEPT\nCOMMIT\n",
     "input drop", "absent"},
    {"/etc/nftables.conf",
     "table inet filter {\n chain input {\n  type filter hook input priority 0; policy accept;\n"
     "  tcp dport { 22, 80 } accept\n  udp dport 68 accept\n }\n}\n",
     "input accept", "tcp 22|tcp 80|udp 68"},
    {"/etc/nftables.conf",
     "table inet filter {\n chain input {\n  type filter hook input priority 0; policy drop;\n }\n"
     " chain forward {\n  type filter hook forward priority 0; policy drop;\n  tcp dport 80 "
     "accept\n }\n}\n",
     "input drop", "absent"},
    {"/etc/config/firewall",
     "config defaults\n\toption input 'ACCEPT'\nconfig zone\n\toption name 'wan'\n\toption input "
     "'ACCEPT'\n"
     "config rule\n\toption src 'wan'\n\toption proto 'tcp'\n\toption dest_port '23'\n\toption "
     "target 'ACCEPT'\n",
     "input ACCEPT|wan input ACCEPT", "wan tcp 23"},
    {"/etc/config/firewall",
     "config zone\n\toption name 'wan'\n\toption input 'REJECT'\n"
     "config rule\n\toption src 'wan'\n\toption dest 'lan'\n\toption dest_port '80'\n\toption "
     "target 'ACCEPT'\n",
     "wan input REJECT", "absent"},
};

static void test_files(void) {
  for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autoptr(AkFirmwareTree) tree = image_tree();
    image_tree_text(tree, rows[i].path, rows[i].text);
    g_autoptr(AkSinkCollector) seen = image_look(tree, "firmware.firewall");
    g_autofree char *locator = g_strdup_printf("image!%s", rows[i].path);
    image_expect(seen, locator, "firewall.policy", rows[i].policy);
    image_expect(seen, locator, "firewall.accepts", rows[i].accepts);
    image_expect(seen, "image", "firewall.coverage", "files");
  }
}

static void test_an_image_without(void) {
  g_autoptr(AkFirmwareTree) tree = image_tree();
  image_tree_text(tree, "/etc/hosts", "127.0.0.1 localhost\n");
  g_autoptr(AkSinkCollector) seen = image_look(tree, "firmware.firewall");
  image_expect(seen, "image", "firewall.policy", "absent");
  image_expect(seen, "image", "firewall.coverage", "files");
}

static void test_truncated_at_every_byte(void) {
  for (gsize i = 0; i < G_N_ELEMENTS(rows); i++)
    for (gsize cut = 0; cut < strlen(rows[i].text); cut++) {
      g_autofree guint8 *copy = g_memdup2(rows[i].text, cut);
      ak_firmware_firewall_file_fuzz(copy, cut);
    }
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/firewall/files", test_files);
  g_test_add_func("/firewall/without", test_an_image_without);
  g_test_add_func("/firewall/truncated", test_truncated_at_every_byte);
  return g_test_run();
}
