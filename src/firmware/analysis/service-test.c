#include "firmware/analysis/boot-service.h"
#include "firmware/analysis/boot-start.h"
#include "firmware/analysis/boot-words.h"
#include "firmware/unpack/test-image.h"

/* --- words and starters ------------------------------------------------------------------------
 */

static void expect_commands(AkBootForm form, const char *text, const char *expected) {
  g_autoptr(GPtrArray) commands = ak_boot_start_read(form, (const guint8 *)text, strlen(text), NULL, NULL);
  g_autoptr(GString) got = g_string_new(NULL);
  for (guint i = 0; i < commands->len; i++) {
    const AkBootCommand *command = commands->pdata[i];
    if (command->is_never)
      continue;
    g_autofree char *arguments = g_strjoinv(",", command->arguments);
    g_string_append_printf(got, "%s%s(%s)%s%s", i > 0 ? " " : "", command->program, arguments,
                           command->is_conditional ? "?" : "", command->is_open ? "$" : "");
  }
  g_assert_cmpstr(got->str, ==, expected);
}

static void test_scripts(void) {
  expect_commands(AK_BOOT_SCRIPT, "telnetd -l /bin/sh &\n", "telnetd(-l,/bin/sh)");
  expect_commands(AK_BOOT_SCRIPT, "# telnetd\n", "");
  expect_commands(AK_BOOT_SCRIPT, "D=/usr/sbin/dropbear\n$D -R -w\n", "/usr/sbin/dropbear(-R,-w)");
  expect_commands(AK_BOOT_SCRIPT, "exec busybox telnetd -p '23 4'\n", "telnetd(-p,23 4)");
  expect_commands(AK_BOOT_SCRIPT, "if [ -f /x ]; then telnetd; fi; crond\n",
                  "[(-f,/x,])? telnetd()? crond()");
  expect_commands(AK_BOOT_SCRIPT, "[ -x /bin/a ] && /bin/a -b $C\n",
                  "[(-x,/bin/a,]) /bin/a(-b,$C)?$");
  expect_commands(AK_BOOT_SCRIPT, "start-stop-daemon -S -q -x /usr/sbin/sshd -- -D\n",
                  "/usr/sbin/sshd(-D)");
  expect_commands(AK_BOOT_SCRIPT, "start-stop-daemon -K -x /usr/sbin/sshd\n", "");
  expect_commands(AK_BOOT_SCRIPT, "PROG=/usr/sbin/uhttpd\nprocd_set_param command \"$PROG\" -f\n",
                  "/usr/sbin/uhttpd(-f)");
  expect_commands(AK_BOOT_SCRIPT, "procd_set_param respawn\n", "");
  expect_commands(AK_BOOT_SCRIPT, "/bin/a \\\n  -x\n", "/bin/a(-x)");
  expect_commands(AK_BOOT_SCRIPT, "echo 'telnetd &", "echo(telnetd &)"); /* an open quote */
  expect_commands(AK_BOOT_SCRIPT, "cat <<'END' >/x\ntelnetd &\nEND\ncrond\n",
                  "cat(<<END,>/x) crond()");
  expect_commands(AK_BOOT_SCRIPT, "telnetd >/dev/null 2>&1 &\nnice -n 5 crond\n",
                  "telnetd(>/dev/null,2>,1) crond()");
}

static void test_tables(void) {
  expect_commands(AK_BOOT_INITTAB,
                  "::sysinit:/etc/init.d/rcS\n# x\nttyS0::respawn:-/bin/sh\n"
                  "id:3:initdefault:\nnull::shutdown:/bin/umount -a\n",
                  "/etc/init.d/rcS() /bin/sh()");
  expect_commands(AK_BOOT_INETD,
                  "telnet stream tcp nowait root /usr/sbin/tcpd in.telnetd -h\n"
                  "#ftp stream tcp nowait root ftpd ftpd\n"
                  "tftp dgram udp wait root /bin/busybox tftpd -c\n",
                  "in.telnetd(-h) tftpd(-c)");
  expect_commands(
      AK_BOOT_XINETD,
      "service telnet\n{\n disable = no\n server = /usr/sbin/in.telnetd\n"
      " server_args = -h\n}\nservice ftp\n{\n server = /usr/sbin/ftpd\n disable = yes\n}\n",
      "/usr/sbin/in.telnetd(-h)");
  expect_commands(AK_BOOT_UNIT,
                  "[Unit]\nExecStart=/bin/no\n[Service]\nExecStart=-/usr/sbin/sshd -D $OPTS\n",
                  "/usr/sbin/sshd(-D,$OPTS)$");
  expect_commands(AK_BOOT_UNIT, "[Service]\nExecStart=/bin/a\nExecStart=\nExecStart=/bin/b\n",
                  "/bin/b()");
}

static void test_truncated_at_every_byte(void) {
  static const char whole[] = "A=/bin/x\nif [ -f $A ]; then start-stop-daemon -S -x \"$A\" -- -d "
                              "'q'; fi\n::respawn:/bin/sh\n[Service]\nExecStart=/bin/a ${B}\n";
  for (AkBootForm form = AK_BOOT_INITTAB; form <= AK_BOOT_UNIT; form++)
    for (gsize size = 0; size < sizeof whole; size++) {
      g_autofree guint8 *copy = g_memdup2(whole, size);
      g_autoptr(GPtrArray) commands = ak_boot_start_read(form, copy, size, NULL, NULL);
      g_assert_cmpuint(commands->len, <=, 6);
    }
}

static void test_settings(void) {
  static const char words[] =
      "# x\nPermitRootLogin yes # why\nport=22\n key: \"a # b\"\n[s]\n!bad\n";
  static const char blocks[] = "server { listen 443 ssl; autoindex on; }\nserver.port = 80\n";
  static const char uci[] = "config dropbear\n\toption PasswordAuth 'off'\n\tlist x \"y\"\nbad\n";
  guint unread = 0;
  g_autoptr(GPtrArray) first =
      ak_boot_config_read(AK_SETTINGS_WORDS, (const guint8 *)words, sizeof words - 1, &unread);
  g_assert_cmpuint(unread, ==, 1);
  g_assert_cmpstr(ak_boot_config_first(first, "permitrootlogin"), ==, "yes");
  g_assert_cmpstr(ak_boot_config_first(first, "port"), ==, "22");
  g_assert_cmpstr(ak_boot_config_first(first, "key"), ==, "a # b");
  g_autoptr(GPtrArray) second =
      ak_boot_config_read(AK_SETTINGS_BLOCKS, (const guint8 *)blocks, sizeof blocks - 1, &unread);
  g_assert_cmpuint(unread, ==, 0);
  g_assert_cmpstr(ak_boot_config_first(second, "listen"), ==, "443 ssl");
  g_assert_cmpstr(ak_boot_config_first(second, "autoindex"), ==, "on");
  g_assert_cmpstr(ak_boot_config_first(second, "server.port"), ==, "80");
  g_autoptr(GPtrArray) third =
      ak_boot_config_read(AK_SETTINGS_UCI, (const guint8 *)uci, sizeof uci - 1, &unread);
  g_assert_cmpuint(unread, ==, 1);
  g_assert_cmpstr(ak_boot_config_first(third, "passwordauth"), ==, "off");
  g_assert_cmpstr(ak_boot_config_first(third, "x"), ==, "y");
}

/* --- images ------------------------------------------------------------------------------------
 */

static void add_program(AkFirmwareTree *tree, const char *path) {
  image_tree_bytes(tree, path, 0755,
                   "\x7f"
                   "ELF\0",
                   5);
}

static void expect_service(const AkSinkCollector *seen, const char *locator, const char *kind,
                           const char *start, const char *program, const char *config,
                           const char *risk) {
  image_expect(seen, locator, "service-at-boot.kind", kind);
  image_expect(seen, locator, "service-at-boot.start", start);
  image_expect(seen, locator, "service-at-boot.program", program);
  image_expect(seen, locator, "service-at-boot.config", config);
  image_expect(seen, locator, "service-at-boot.risk", risk);
}

/* A router as many are built: BusyBox init, scripts, telnet without a log-in, a console without
 * one. */
static void test_a_weak_busybox_image(void) {
  g_autoptr(AkFirmwareTree) tree = image_tree();
  image_tree_text(tree, "/etc/inittab",
                  "::sysinit:/etc/init.d/rcS\nttyS0::respawn:-/bin/sh\n"
                  "tty1::respawn:/sbin/getty 38400 tty1\n");
  image_tree_text(tree, "/etc/init.d/rcS",
                  "#!/bin/sh\nmount -a\n/usr/sbin/telnetd -l /bin/sh\nhttpd -h /www\n"
                  "/opt/vendor/cloud -x &\nsleep 1 &\n");
  add_program(tree, "/opt/vendor/cloud");
  image_tree_link(tree, "/bin/sleep", "busybox");
  image_tree_text(tree, "/etc/init.d/S60mosquitto",
                  "#!/bin/sh\nstart-stop-daemon -S -x /usr/sbin/mosquitto -- -c /etc/mqtt.conf\n");
  image_tree_text(tree, "/etc/mqtt.conf", "listener 1883\nallow_anonymous true\n");
  image_tree_text(tree, "/etc/init.d/S70snmpd", "#!/bin/sh\n/usr/sbin/snmpd -c /etc/snmpd.conf\n");
  image_tree_text(tree, "/etc/snmpd.conf", "rwcommunity private\nrocommunity other\n");
  image_tree_text(tree, "/etc/init.d/S80vendor", "#!/bin/sh\n/opt/vendor/agent &\n");
  add_program(tree, "/bin/busybox");
  image_tree_link(tree, "/bin/sh", "busybox");
  image_tree_link(tree, "/sbin/getty", "../bin/busybox");
  image_tree_link(tree, "/usr/sbin/telnetd", "../../bin/busybox");
  image_tree_link(tree, "/usr/sbin/httpd", "../../bin/busybox");
  add_program(tree, "/usr/sbin/mosquitto");
  add_program(tree, "/usr/sbin/snmpd");
  g_autoptr(AkSinkCollector) seen = image_look(tree, "firmware.service");
  expect_service(seen, "image!/etc/inittab!sh", "console", "inittab respawn", "/bin/sh", "absent",
                 "console.no-login");
  expect_service(seen, "image!/etc/inittab!getty", "console", "inittab respawn", "/sbin/getty",
                 "absent", "absent");
  expect_service(seen, "image!/etc/init.d/rcS!telnetd", "telnet", "inittab", "/usr/sbin/telnetd",
                 "absent", "telnet.no-login|telnet.plain");
  expect_service(seen, "image!/etc/init.d/rcS!httpd", "http", "inittab", "/usr/sbin/httpd",
                 "could-not-look", "http.plain");
  expect_service(seen, "image!/etc/init.d/S60mosquitto!mosquitto", "mqtt", "sysvinit S60mosquitto",
                 "/usr/sbin/mosquitto", "/etc/mqtt.conf", "mqtt.anonymous|mqtt.plain");
  expect_service(seen, "image!/etc/init.d/S70snmpd!snmpd", "snmp", "sysvinit S70snmpd",
                 "/usr/sbin/snmpd", "/etc/snmpd.conf",
                 "snmp.community|snmp.default-community|snmp.write-community");
  expect_service(seen, "image!/etc/init.d/S80vendor!vendor", "could-not-look", "sysvinit S80vendor",
                 "could-not-look", "could-not-look", "could-not-look");
  expect_service(seen, "image!/etc/init.d/rcS!cloud", "could-not-look", "inittab",
                 "/opt/vendor/cloud", "could-not-look", "could-not-look");
  image_expect(seen, "image!/etc/init.d/rcS!sleep", "service-at-boot.name", "none");
  image_expect(seen, "image", "service-at-boot.coverage", "starters");
  image_expect_no(seen, "rwcommunity"); /* settings hold secrets: none of their text is kept */
}

static const char sound_sshd[] =
    "Include /etc/ssh/sshd_config.d/*.conf\nPasswordAuthentication no\n"
    "PermitRootLogin no\nPermitEmptyPasswords no\n";

static AkFirmwareTree *systemd_tree(const char *sshd_config, const char *included) {
  AkFirmwareTree *tree = image_tree();
  image_tree_text(tree, "/usr/lib/systemd/system/ssh.service",
                  "[Service]\nEnvironmentFile=-/etc/default/ssh\n"
                  "ExecStart=/usr/sbin/sshd -D $SSHD_OPTS\n");
  image_tree_link(tree, "/lib", "usr/lib");
  image_tree_text(tree, "/etc/default/ssh", "SSHD_OPTS=\n");
  image_tree_link(tree, "/etc/systemd/system/multi-user.target.wants/ssh.service",
                  "/lib/systemd/system/ssh.service");
  image_tree_text(tree, "/etc/ssh/sshd_config", sshd_config);
  image_tree_text(tree, "/etc/ssh/sshd_config.d/device.conf", included);
  add_program(tree, "/usr/sbin/sshd");
  return tree;
}

#define SSH "image!/usr/lib/systemd/system/ssh.service!sshd"

static void test_a_sound_systemd_image(void) {
  g_autoptr(AkFirmwareTree) tree = systemd_tree(sound_sshd, "# nothing\n");
  image_tree_link(tree, "/etc/systemd/system/telnet.service", "/dev/null");
  image_tree_link(tree, "/etc/systemd/system/multi-user.target.wants/telnet.service",
                  "/lib/systemd/system/telnet.service");
  image_tree_text(tree, "/usr/lib/systemd/system/telnet.service",
                  "[Service]\nExecStart=/usr/sbin/telnetd\n");
  image_tree_text(tree, "/usr/lib/systemd/system/unused.service",
                  "[Service]\nExecStart=/usr/sbin/vsftpd\n");
  g_autoptr(AkSinkCollector) seen = image_look(tree, "firmware.service");
  expect_service(seen, SSH, "ssh", "systemd multi-user.target ExecStart", "/usr/sbin/sshd",
                 "/etc/ssh/sshd_config", "absent");
  image_expect(seen, "image", "service-at-boot.risk", "absent");
  image_expect(seen, "image", "service-at-boot.coverage", "configurations|starters");
  for (guint i = 0; i < seen->observations->len; i++) {
    const AkObservation *o = seen->observations->pdata[i];
    g_assert_null(strstr(o->subject.locator, "telnetd")); /* masked */
    g_assert_null(strstr(o->subject.locator, "vsftpd"));  /* not enabled */
  }
}

/* What an included file says counts, and before what follows it. */
static void test_weak_sshd(void) {
  static const struct {
    const char *config, *included, *risk;
  } cases[] = {
      {sound_sshd, "PermitRootLogin yes\n", "ssh.root-login"},
      {"PermitRootLogin no\nInclude /etc/ssh/sshd_config.d/*.conf\nPasswordAuthentication no\n",
       "PermitRootLogin yes\n", "absent"},
      {"PermitRootLogin no\n", "", "ssh.password-login"}, /* the default */
      {"PasswordAuthentication no\nMatch User x\nPermitEmptyPasswords yes\n", "",
       "ssh.empty-password"},
      {"PermitRootLogin yes\nPasswordAuthentication yes\nPermitEmptyPasswords yes\n", "",
       "ssh.empty-password|ssh.password-login|ssh.root-login"},
      {"PasswordAuthentication no\nInclude /etc/missing.conf\n", "", "could-not-look"},
      {"PasswordAuthentication no\n%%% what is this\n", "", "could-not-look"},
      /* PAM asks for passwords at the keyboard, whatever PasswordAuthentication says */
      {"PermitRootLogin no\nPasswordAuthentication no\nUsePAM yes\n", "", "ssh.password-login"},
      {"PermitRootLogin no\nPasswordAuthentication no\nUsePAM yes\nKbdInteractiveAuthentication no\n", "", "absent"},
      {"PermitRootLogin no\nPasswordAuthentication no\nUsePAM yes\nChallengeResponseAuthentication no\n", "", "absent"},
      {"PermitRootLogin no\nPasswordAuthentication yes\nAuthenticationMethods publickey\n", "", "could-not-look"},
  };
  for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
    g_autoptr(AkFirmwareTree) tree = systemd_tree(cases[i].config, cases[i].included);
    g_autoptr(AkSinkCollector) seen = image_look(tree, "firmware.service");
    g_test_message("case %u", (guint)i);
    image_expect(seen, SSH, "service-at-boot.risk", cases[i].risk);
  }
}

/* A server of a script: its risks. `config` stands in the file of that name. */
static void expect_risk(const char *command, const char *file, const char *config, const char *risk) {
  g_autoptr(AkFirmwareTree) tree = image_tree();
  g_autofree char *script = g_strdup_printf("#!/bin/sh\n%s\n", command);
  g_auto(GStrv) words = g_strsplit(command, " ", 2);
  g_autofree char *locator = g_strdup_printf("image!/etc/rc3.d/S20x!%s", strrchr(words[0], '/') + 1);
  image_tree_text(tree, "/etc/rc3.d/S20x", script);
  image_tree_text(tree, file, config);
  add_program(tree, words[0]);
  g_autoptr(AkSinkCollector) seen = image_look(tree, "firmware.service");
  g_test_message("%s: %s", command, config);
  image_expect(seen, locator, "service-at-boot.risk", risk);
}

/* Arguments that come before the file, letters within values, sections that are servers of their own, listeners by listener. */
static void test_spellings(void) {
  static const char sound[] = "PermitRootLogin no\nPasswordAuthentication no\n";
  static const struct {
    const char *command, *file, *config, *risk;
  } rows_of[] = {
      {"/usr/sbin/sshd -o PermitRootLogin=yes", "/etc/ssh/sshd_config", sound, "ssh.root-login"},
      {"/usr/sbin/sshd -oPasswordAuthentication=yes", "/etc/ssh/sshd_config", sound, "ssh.password-login"},
      {"/usr/sbin/sshd -o 'PermitEmptyPasswords yes'", "/etc/ssh/sshd_config", sound, "ssh.empty-password"},
      {"/usr/sbin/dropbear -r /etc/dropbear/dss_gs", "/x", "", "ssh.password-login|ssh.root-login"},
      {"/usr/sbin/dropbear -p 22 -sg", "/x", "", "absent"},
      {"/usr/sbin/dropbear -P /var/run/s.pid -w", "/x", "", "ssh.password-login"},
      {"/usr/sbin/dropbear -F", "/etc/config/dropbear",
       "config dropbear\n\toption PasswordAuth 'on'\nconfig dropbear\n\toption PasswordAuth 'off'\n",
       "ssh.password-login|ssh.root-login"},
      {"/usr/sbin/dropbear -F", "/etc/config/dropbear",
       "config dropbear\n\toption enable '0'\nconfig dropbear\n\toption PasswordAuth 'off'\n", "absent"},
      {"/usr/sbin/dropbear -F -s", "/etc/config/dropbear", "config dropbear\n\toption PasswordAuth 'on'\n", "absent"},
      {"/usr/sbin/mosquitto -c /etc/m.conf", "/etc/m.conf", "port 1883\nallow_anonymous false\nlistener 8883\ncertfile /x\n", "mqtt.plain"},
      {"/usr/sbin/mosquitto -c /etc/m.conf", "/etc/m.conf", "listener 1883 127.0.0.1\nallow_anonymous false\n", "absent"},
      {"/usr/sbin/mosquitto -c /etc/m.conf", "/etc/m.conf",
       "per_listener_settings true\nlistener 8883\ncertfile /x\nallow_anonymous true\nlistener 8884\ncertfile /x\nallow_anonymous false\n",
       "mqtt.anonymous"},
      {"/usr/sbin/snmpd -c /etc/s.conf", "/etc/s.conf", "agentaddress 127.0.0.1,[::1]\nrocommunity public\n", "absent"},
      {"/usr/sbin/snmpd -c /etc/s.conf", "/etc/s.conf", "agentAddress udp:127.0.0.1:161,udp:161\nrocommunity public\n",
       "snmp.community|snmp.default-community"},
      {"/usr/sbin/snmpd -c /etc/s.conf udp:161", "/etc/s.conf", "agentaddress 127.0.0.1\nrocommunity other\n", "snmp.community"},
      {"/usr/sbin/lighttpd -f /etc/l.conf", "/etc/l.conf", "server.port = 80\nssl.engine = \"disable\"\n", "http.plain"},
  };
  for (gsize i = 0; i < G_N_ELEMENTS(rows_of); i++)
    expect_risk(rows_of[i].command, rows_of[i].file, rows_of[i].config, rows_of[i].risk);
}

static void test_drop_ins_and_sockets(void) {
  g_autoptr(AkFirmwareTree) tree = image_tree();
  image_tree_text(tree, "/lib/systemd/system/web.service",
                  "[Service]\nExecStart=/usr/sbin/lighttpd -f /etc/a.conf\n");
  image_tree_text(tree, "/etc/systemd/system/web.service.d/own.conf",
                  "[Service]\nExecStart=\nExecStart=/usr/sbin/lighttpd -f /etc/b.conf\n");
  image_tree_text(tree, "/etc/systemd/system/multi-user.target.wants/web.service", "");
  image_tree_text(tree, "/etc/b.conf", "ssl.engine = \"enable\"\nserver.port = 443\n");
  image_tree_text(tree, "/lib/systemd/system/telnet.socket", "[Socket]\nListenStream=23\n");
  image_tree_text(tree, "/lib/systemd/system/telnet@.service",
                  "[Service]\nExecStart=-/usr/sbin/in.telnetd\n");
  image_tree_link(tree, "/etc/systemd/system/sockets.target.wants/telnet.socket",
                  "/lib/systemd/system/telnet.socket");
  add_program(tree, "/usr/sbin/lighttpd");
  g_autoptr(AkSinkCollector) seen = image_look(tree, "firmware.service");
  expect_service(seen, "image!/lib/systemd/system/web.service!lighttpd", "http",
                 "systemd multi-user.target ExecStart", "/usr/sbin/lighttpd", "/etc/b.conf",
                 "absent");
  /* the program is not in the image: it cannot be started, and nothing is said of it */
  expect_service(seen, "image!/lib/systemd/system/telnet@.service!in.telnetd", "telnet",
                 "systemd sockets.target ExecStart", "absent", "absent", "could-not-look");
}

static void test_openwrt(void) {
  static const char script[] =
      "#!/bin/sh /etc/rc.common\nSTART=19\nUSE_PROCD=1\nPROG=/usr/sbin/dropbear\n"
      "dropbear_instance() {\n\tprocd_open_instance\n"
      "\tprocd_set_param command \"$PROG\" -F -P \"$pid_file\"\n}\n"
      "start_service() {\n\tconfig_load \"${NAME}\"\n\tconfig_foreach dropbear_instance dropbear\n}\n";
  g_autoptr(AkFirmwareTree) weak = image_tree(), sound = image_tree();
  AkFirmwareTree *trees[] = {weak, sound};
  static const char *const configs[] = {
      "config dropbear\n\toption PasswordAuth 'on'\n\toption RootPasswordAuth 'on'\n",
      "config dropbear\n\toption PasswordAuth 'off'\n\toption RootPasswordAuth 'off'\n"};
  static const char *const risks[] = {"ssh.password-login|ssh.root-login", "absent"};
  for (gsize i = 0; i < 2; i++) {
    image_tree_text(trees[i], "/etc/init.d/dropbear", script);
    image_tree_link(trees[i], "/etc/rc.d/S19dropbear", "../init.d/dropbear");
    image_tree_link(trees[i], "/etc/rc.d/K50dropbear", "../init.d/dropbear");
    image_tree_text(trees[i], "/etc/config/dropbear", configs[i]);
    add_program(trees[i], "/usr/sbin/dropbear");
    g_autoptr(AkSinkCollector) seen = image_look(trees[i], "firmware.service");
    expect_service(seen, "image!/etc/init.d/dropbear!dropbear", "ssh", "sysvinit S19dropbear",
                   "/usr/sbin/dropbear", "/etc/config/dropbear", risks[i]);
  }
}

static void test_inetd_and_ftp(void) {
  g_autoptr(AkFirmwareTree) tree = image_tree();
  image_tree_text(tree, "/etc/inetd.conf",
                  "telnet stream tcp nowait root /usr/sbin/telnetd telnetd -i\n");
  image_tree_text(tree, "/etc/rc3.d/S19inetd", "#!/bin/sh\n/usr/sbin/inetd /etc/inetd.conf\n");
  image_tree_text(tree, "/etc/rc3.d/S20vsftpd", "#!/bin/sh\n/usr/sbin/vsftpd /etc/ftp.conf\n");
  image_tree_text(tree, "/etc/ftp.conf", "anonymous_enable=NO\nssl_enable=YES\n");
  image_tree_text(tree, "/etc/rc3.d/S21miniupnpd",
                  "#!/bin/sh\n/usr/sbin/miniupnpd -f /etc/upnp.conf\n");
  image_tree_text(tree, "/etc/upnp.conf", "ext_ifname=eth0\nsecure_mode=no\n");
  image_tree_text(tree, "/etc/rc6.d/S99snmpd", "#!/bin/sh\n/usr/sbin/snmpd\n"); /* at reboot */
  add_program(tree, "/usr/sbin/telnetd");
  add_program(tree, "/usr/sbin/vsftpd");
  add_program(tree, "/usr/sbin/miniupnpd");
  g_autoptr(AkSinkCollector) seen = image_look(tree, "firmware.service");
  expect_service(seen, "image!/etc/inetd.conf!telnetd", "telnet", "inetd tcp telnet",
                 "/usr/sbin/telnetd", "absent", "telnet.plain");
  expect_service(seen, "image!/etc/rc3.d/S20vsftpd!vsftpd", "ftp", "sysvinit S20vsftpd",
                 "/usr/sbin/vsftpd", "/etc/ftp.conf", "absent");
  expect_service(seen, "image!/etc/rc3.d/S21miniupnpd!miniupnpd", "upnp", "sysvinit S21miniupnpd",
                 "/usr/sbin/miniupnpd", "/etc/upnp.conf", "upnp.no-secure-mode");
  image_expect(seen, "image!/etc/rc6.d/S99snmpd!snmpd", "service-at-boot.name", "none");
}

static void test_nothing_is_said_of_what_is_not_known(void) {
  g_autoptr(AkFirmwareTree) plain = image_tree();
  image_tree_text(plain, "/www/index.html", "x");
  g_autoptr(AkSinkCollector) seen = image_look(plain, "firmware.service");
  image_expect(seen, "image", "service-at-boot.name", "cut");
  image_expect(seen, "image", "service-at-boot.coverage", "configurations");
  g_autoptr(GBytes) noise = image_noise(4096, 9);
  g_autoptr(AkFirmwareTree) unknown = image_open(noise, NULL);
  g_autoptr(AkSinkCollector) unseen = image_look(unknown, "firmware.service");
  image_expect(unseen, "image", "service-at-boot.risk", "cut");
  image_expect(unseen, "image", "service-at-boot.coverage", "cut");
}

/* A script may start what lies in a file that nobody can look into: no shell is said to be closed. */
static void test_sealed_files(void) {
  static const char why[] = "files that look packed or encrypted were not opened: image!/opt/app.enc";
  g_autoptr(GBytes) noise = image_noise(3000, 5);
  g_autofree char *plain = g_strnfill(3000, 'x');
  for (guint sealed = 0; sealed < 2; sealed++) {
    g_autoptr(AkFirmwareTree) tree = image_tree();
    image_tree_text(tree, "/etc/inittab", "::sysinit:/etc/init.d/rcS\n");
    image_tree_text(tree, "/etc/init.d/rcS", "#!/bin/sh\nmount -a\n");
    image_tree_bytes(tree, "/opt/app.enc", 0755, sealed ? g_bytes_get_data(noise, NULL) : plain, 3000);
    g_autoptr(AkSinkCollector) seen = image_look(tree, "firmware.service");
    image_expect(seen, "image", "service-at-boot.open-shell", sealed ? "cut" : "absent");
    image_expect(seen, "image", "service-at-boot.coverage", sealed ? "cut" : "configurations|starters");
    const AkObservation *shell = ak_sink_collector_find(seen, "service-at-boot.open-shell", "image");
    const AkObservation *coverage = ak_sink_collector_find(seen, "service-at-boot.coverage", "image");
    if (sealed) {
      g_assert_cmpstr(shell->value.text, ==, why);
      g_assert_cmpstr(ak_value_lacks(&coverage->value), ==, why);
    }
  }
}

/* What the kernel alone loads keeps nothing open, until something may start it. */
static void test_blobs(void) {
  static const char *const scripts[] = {"#!/bin/sh\nmount -a\n", "#!/bin/sh\nfor f in /lib/firmware/*; do . $f; done\n"};
  g_autoptr(GBytes) noise = image_noise(3000, 5);
  for (gsize i = 0; i < G_N_ELEMENTS(scripts); i++) {
    g_autoptr(AkFirmwareTree) tree = image_tree();
    image_tree_text(tree, "/etc/inittab", "::sysinit:/etc/init.d/rcS\n");
    image_tree_text(tree, "/etc/init.d/rcS", scripts[i]);
    image_tree_bytes(tree, "/lib/firmware/mt7628.bin", 0644, g_bytes_get_data(noise, NULL), 3000);
    g_autoptr(AkSinkCollector) seen = image_look(tree, "firmware.service");
    image_expect(seen, "image", "service-at-boot.open-shell", i == 0 ? "absent" : "cut");
    image_expect(seen, "image", "service-at-boot.coverage", i == 0 ? "configurations|starters" : "cut");
  }
}

/* Scripts that start each other, links in circles, and a thousand starts of one program end. */
static void test_hostile_scripts(void) {
  g_autoptr(AkFirmwareTree) tree = image_tree();
  g_autoptr(GString) many = g_string_new("#!/bin/sh\n");
  for (guint i = 0; i < 3000; i++)
    g_string_append(many, "telnetd &\n");
  image_tree_text(tree, "/etc/init.d/S01a", "#!/bin/sh\n/etc/init.d/S02b\n");
  image_tree_text(tree, "/etc/init.d/S02b", "#!/bin/sh\n/etc/init.d/S01a\n");
  image_tree_text(tree, "/etc/init.d/S03many", many->str);
  image_tree_link(tree, "/etc/inittab", "inittab");
  g_autoptr(AkSinkCollector) seen = image_look(tree, "firmware.service");
  image_expect(seen, "image!/etc/init.d/S03many!telnetd#2000", "service-at-boot.kind", "none");
  image_expect(seen, "image!/etc/init.d/S03many!telnetd#1000", "service-at-boot.kind", "telnet");
}

/* Timers and sockets that name each other or themselves, and a long row of units that want one another, end; what they lead to is seen. */
static void test_hostile_units(void) {
  static const char *const wants = "/etc/systemd/system/multi-user.target.wants/";
  static const char *const texts[][2] = {{"a.timer", "[Timer]\nUnit=b.timer\n"},
                                         {"b.timer", "[Unit]\nWants=a.timer\n[Timer]\nUnit=a.timer\n"},
                                         {"c.timer", "[Timer]\nUnit=c.timer\n"},
                                         {"d.socket", "[Socket]\nListenStream=1\nService=d.socket\n"}};
  g_autoptr(AkFirmwareTree) tree = image_tree();
  for (gsize i = 0; i < G_N_ELEMENTS(texts); i++) {
    g_autofree char *unit = g_strconcat("/lib/systemd/system/", texts[i][0], NULL), *link = g_strconcat(wants, texts[i][0], NULL);
    image_tree_text(tree, unit, texts[i][1]);
    image_tree_link(tree, link, unit);
  }
  for (guint i = 0; i < 1000; i++) {
    g_autofree char *unit = g_strdup_printf("/lib/systemd/system/u%u.service", i);
    g_autofree char *text = g_strdup_printf("[Unit]\nWants=u%u.service\n[Service]\nExecStart=%s\n", (i + 1) % 1000,
                                            i == 999 ? "/usr/sbin/telnetd -F -l /bin/sh" : "/bin/true");
    image_tree_text(tree, unit, text);
  }
  image_tree_link(tree, "/etc/systemd/system/multi-user.target.wants/u0.service", "/lib/systemd/system/u0.service");
  g_autoptr(AkSinkCollector) seen = image_look(tree, "firmware.service");
  image_expect(seen, "image!/lib/systemd/system/u999.service!telnetd", "service-at-boot.kind", "telnet");
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/service/scripts", test_scripts);
  g_test_add_func("/service/tables", test_tables);
  g_test_add_func("/service/truncated", test_truncated_at_every_byte);
  g_test_add_func("/service/settings", test_settings);
  g_test_add_func("/service/weak", test_a_weak_busybox_image);
  g_test_add_func("/service/sound", test_a_sound_systemd_image);
  g_test_add_func("/service/sshd", test_weak_sshd);
  g_test_add_func("/service/spellings", test_spellings);
  g_test_add_func("/service/drop-ins", test_drop_ins_and_sockets);
  g_test_add_func("/service/openwrt", test_openwrt);
  g_test_add_func("/service/inetd", test_inetd_and_ftp);
  g_test_add_func("/service/unknown", test_nothing_is_said_of_what_is_not_known);
  g_test_add_func("/service/hostile", test_hostile_scripts);
  g_test_add_func("/service/hostile-units", test_hostile_units);
  g_test_add_func("/service/sealed", test_sealed_files);
  g_test_add_func("/service/blobs", test_blobs);
  return g_test_run();
}
