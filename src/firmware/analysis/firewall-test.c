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
    /* other tables have chains of the same name; long names; a rule that lets everything in; a rule for all other ports */
    {"/etc/iptables/rules.v4",
     "*mangle\n:INPUT ACCEPT [0:0]\nCOMMIT\n*filter\n:INPUT DROP [0:0]\n--append INPUT --protocol udp --destination-port 53 --jump ACCEPT\n"
     "-A INPUT -p tcp ! --dport 22 -j ACCEPT\n-A INPUT -j ACCEPT\nCOMMIT\n*nat\n:INPUT ACCEPT [0:0]\n-A INPUT -p tcp --dport 1 -j ACCEPT\nCOMMIT\n",
     "input drop", "all|tcp not 22|udp 53"},
    {"/etc/iptables/rules-save", "*filter\n:INPUT DROP\n-A INPUT -p tcp -m multiport --dports 22,80 -j ACCEPT\nCOMMIT\n", "input drop", "tcp 22,80"},
    {"/etc/sysconfig/nftables.conf",
     "table inet filter {\n chain input {\n  type filter hook input priority 0;\n  tcp dport {\n   22,\n   80\n  } accept\n"
     "  tcp dport @open accept\n }\n}\n",
     "input accept", "tcp 22|tcp 80|tcp @open"},
    {"/etc/nftables.d/10-own.nft", "table inet f { chain c { type filter hook input priority 0; policy drop; udp dport 53 accept; } }\n", "input drop", "udp 53"},
    {"/etc/config/firewall",
     "config zone\n\toption name 'wan'\n\toption input 'DROP'\n"
     "config rule\n\toption src 'wan'\n\tlist proto 'udp'\n\toption dest_port '53'\n\toption target 'ACCEPT'\n\toption enabled '0'\n"
     "config rule\n\toption src 'wan'\n\tlist proto 'tcp'\n\toption dest_port '22'\n\toption target 'ACCEPT'\n\toption enabled '1'\n",
     "wan input DROP", "wan tcp 22"},
    {"/etc/config/firewall", "config defaults\n\toption input ACCEPT # by default\n", "input ACCEPT", "absent"},
    /* scripts that set rules */
    {"/etc/init.d/S40fw",
     "#!/bin/sh\nIPT=/usr/sbin/iptables\n$IPT -F\n$IPT -P INPUT DROP\n$IPT -t nat -P INPUT ACCEPT\n"
     "$IPT -A INPUT -p tcp --dport 443 -j ACCEPT\nip6tables -I INPUT 1 -p udp --dport 546 -j ACCEPT\n#iptables -A INPUT -j ACCEPT\n",
     "input drop", "tcp 443|udp 546"},
    {"/etc/firewall.user", "iptables -I INPUT -p tcp --dport 23 -j ACCEPT\n", "absent", "tcp 23"},
};

/* What a variable hides is said: the rules are not all known. */
static void test_a_script_of_variables(void) {
  static const char *const scripts[] = {"#!/bin/sh\niptables -A INPUT -p tcp --dport $PORT -j ACCEPT\n",
                                        "#!/bin/sh\niptables-restore < /etc/fw.rules\n", "#!/bin/sh\nnft -f /data/rules\n"};
  for (gsize i = 0; i < G_N_ELEMENTS(scripts); i++) {
    g_autoptr(AkFirmwareTree) tree = image_tree();
    image_tree_text(tree, "/etc/init.d/S40fw", scripts[i]);
    g_autoptr(AkSinkCollector) seen = image_look(tree, "firmware.firewall");
    image_expect(seen, "image", "firewall.coverage", "cut");
  }
  g_autoptr(AkFirmwareTree) tree = image_tree();
  image_tree_text(tree, "/etc/init.d/S41x", "#!/bin/sh\necho iptables\nmodprobe ip_tables\niptables -t nat -A POSTROUTING -j MASQUERADE\n"
                  "iptables-restore < /etc/iptables/rules.v4\nnft list ruleset\n");
  g_autoptr(AkSinkCollector) seen = image_look(tree, "firmware.firewall");
  image_expect(seen, "image", "firewall.policy", "absent");
  image_expect(seen, "image", "firewall.coverage", "files");
}

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
  g_test_add_func("/firewall/variables", test_a_script_of_variables);
  g_test_add_func("/firewall/without", test_an_image_without);
  g_test_add_func("/firewall/truncated", test_truncated_at_every_byte);
  return g_test_run();
}
