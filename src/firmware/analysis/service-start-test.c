/* What devices start, in the spellings that makers use: whether a shell without a log-in is among it. Each row's answer was written
 * down before it was looked at. */
#include "firmware/analysis/boot-argument.h"
#include "firmware/analysis/boot-text.h"
#include "firmware/unpack/test-image.h"

typedef struct {
  const char *path, *text; /* a text that begins with "->" is a link */
} File;

#define INIT {"/etc/inittab", "::sysinit:/etc/init.d/rcS\n"}
#define RC(lines) {"/etc/init.d/rcS", "#!/bin/sh\n" lines}
#define UNIT(name, lines)                                                                                              \
  {"/lib/systemd/system/" name, lines}, {"/etc/systemd/system/multi-user.target.wants/" name, "->/lib/systemd/system/" name}

static void add_programs(AkFirmwareTree *tree) {
  static const char *const applets[] = {"/bin/sh", "/bin/ash", "/bin/login", "/bin/su", "/sbin/getty", "/usr/sbin/telnetd", "/usr/bin/nc",
                                        "/usr/sbin/inetd", "/usr/bin/tcpsvd", "/sbin/agetty", "/usr/bin/setsid", "/bin/cttyhack"};
  image_tree_bytes(tree, "/bin/busybox", 0755, "\x7f" "ELF\0", 5);
  for (gsize i = 0; i < G_N_ELEMENTS(applets); i++)
    image_tree_link(tree, applets[i], "/bin/busybox");
}

static AkSinkCollector *look(const File *files, gsize count) {
  g_autoptr(AkFirmwareTree) tree = image_tree();
  for (gsize i = 0; i < count && files[i].path != NULL; i++) {
    if (g_str_has_prefix(files[i].text, "->"))
      image_tree_link(tree, files[i].path, files[i].text + 2);
    else
      image_tree_bytes(tree, files[i].path, 0755, files[i].text, strlen(files[i].text));
  }
  add_programs(tree);
  return image_look(tree, "firmware.service");
}

/* "seen", "absent", "cut"; "none" where nothing is said of shells. */
static const char *shell_of(AkSinkCollector *seen) {
  const AkObservation *o = ak_sink_collector_find(seen, "service-at-boot.open-shell", "image");
  return o != NULL ? ak_outcome_name(o->outcome) : "none";
}

static const struct {
  const char *shell;
  File files[4];
} rows[] = {
    /* how a shell is handed to a telnet server */
    {"seen", {INIT, RC("telnetd -l/bin/sh &\n")}},
    {"seen", {INIT, RC("telnetd -Fl /bin/ash\n")}},
    {"seen", {INIT, RC("/usr/sbin/telnetd -p 2323 -l \"/bin/sh\"\n")}},
    {"seen", {INIT, RC("ARGS=\"-p 23 -l /bin/sh\"\ntelnetd $ARGS\n")}},
    {"seen", {INIT, RC("telnetd ${ARGS:--p 23 -l /bin/sh}\n")}},
    {"seen", {INIT, RC("busybox telnetd -l /bin/busybox\n")}},
    {"seen", {INIT, RC("sh -c \"telnetd -l /bin/sh\"\n")}},
    {"seen", {INIT, RC("eval 'telnetd -l /bin/sh'\n")}},
    {"seen", {INIT, RC("(sleep 5; telnetd -l /bin/sh) &\n")}},
    {"seen", {INIT, RC("echo \"a \\\"b\\\" c\"; telnetd -l /bin/sh\n")}},
    {"absent", {INIT, RC("telnetd\n")}},
    {"absent", {INIT, RC("telnetd -l /bin/login\n")}},
    {"absent", {INIT, RC("ARGS=\"-p 23 -l /bin/login\"\ntelnetd $ARGS\n")}},
    {"absent", {INIT, RC("#telnetd -l /bin/sh\n: telnetd\necho 'telnetd -l /bin/sh'\nkillall telnetd\n")}},
    {"cut", {INIT, RC("cat > /tmp/x <<EOF\ntelnetd -l /bin/sh\nEOF\n")}},
    {"cut", {INIT, RC("cat > /tmp/x.sh <<EOF\n#!/bin/sh\ntelnetd -l /bin/sh\nEOF\nsh /tmp/x.sh\n")}},
    {"cut", {INIT, RC("telnetd -l $SHELL_OF_UNIT\n")}},
    {"cut", {INIT, RC("telnetd -l /bin/login.sh\n")}},
    {"cut", {INIT, RC("wget -O- http://h/x | sh\n")}},
    {"cut", {INIT, RC("base64 -d <<EOF | sh\ndGVs\nEOF\n")}},
    {"cut", {INIT, RC("$SERVER -l /bin/sh\n")}},
    {"cut", {INIT, RC("$(cat /etc/name) -l /bin/sh\n")}},
    {"absent", {INIT, RC("ln -s /bin/busybox /bin/sh\nchsh -s /bin/sh user\n$LOGGER started\nsh /opt/x\n"), {"/opt/x", "true\n"}}},
    /* on a condition: started or not, nobody knows; a file that is in the image is none */
    {"cut", {INIT, RC("[ -f /data/debug ] && telnetd -l /bin/sh\n")}},
    {"cut", {INIT, RC("if [ \"$(nvram get dbg)\" = 1 ]; then\n  telnetd -l /bin/sh\nfi\n")}},
    {"cut", {INIT, RC("[ -n \"$X\" ] && { true; telnetd -l /bin/sh; }\n")}},
    {"cut", {INIT, RC("case \"$MODE\" in\n  factory) telnetd -l /bin/sh ;;\nesac\n")}},
    {"cut", {INIT, RC("debug_on() {\n telnetd -l /bin/sh\n}\n")}},
    {"cut", {INIT, RC("ARGS='-l /bin/sh'\n[ -f /secure ] && ARGS='-l /bin/login'\ntelnetd $ARGS\n")}},
    {"seen", {INIT, RC("[ -x /usr/sbin/telnetd ] && telnetd -l /bin/sh\n")}},
    {"seen", {INIT, RC("if [ -f /etc/inittab ]; then\n telnetd -l /bin/sh\nfi\n")}},
    {"seen", {INIT, RC("debug_on() {\n telnetd -l /bin/sh\n}\ndebug_on\n")}},
    {"seen", {INIT, RC("[ \"$1\" = start ] && exec telnetd -l /bin/sh\n")}},
    {"seen", {INIT, RC("if [ \"x$1\" = \"xstart\" ]; then telnetd -l /bin/sh; fi\n")}},
    {"seen", {INIT, RC("test \"${1}\" == 'start' && telnetd -l /bin/sh\n")}},
    {"cut", {INIT, RC("[ \"$1\" = debug ] && exec telnetd -l /bin/sh\n")}},
    {"cut", {INIT, RC("[ \"$2\" = start ] && exec telnetd -l /bin/sh\n")}},
    {"cut", {INIT, RC("run() { [ \"$1\" = start ] && telnetd -l /bin/sh; }\nrun x\n")}},
    {"seen", {INIT, RC("case \"$1\" in\n  start|boot) telnetd -l /bin/sh ;;\n  stop) killall telnetd ;;\nesac\n")}},
    {"absent", {INIT, RC("if [ -f /x ]; then\n true\nfi\ntelnetd\n")}},
    /* tests of known texts, of which others may be set by what is read or named */
    {"seen", {INIT, RC("ON=yes\n[ \"$ON\" = yes ] && telnetd -l /bin/sh\n")}},
    {"absent", {INIT, RC("ON=no\n[ \"$ON\" = yes ] && telnetd -l /bin/sh\n")}},
    {"absent", {INIT, RC("[ -n \"\" ] && telnetd -l /bin/sh; true\n")}},
    {"absent", {INIT, RC(". /etc/default/t\nif [ \"$ON\" = 1 ]; then\n telnetd -l /bin/sh\nfi\n"), {"/etc/default/t", "ON=0\n"}}},
    {"seen", {INIT, RC(". /etc/default/t\nif [ \"$ON\" != 1 ]; then\n true\nelse\n telnetd -l /bin/sh\nfi\n"), {"/etc/default/t", "ON=1\n"}}},
    {"seen", {INIT, RC("ON=no\n[ \"$ON\" = yes ] && true; telnetd -l /bin/sh\n")}},
    {"seen", {INIT, RC("ON=no\n[ \"$ON\" = yes ] || telnetd -l /bin/sh\n")}},
    {"absent", {INIT, RC("ON=no\n[ \"$ON\" = yes ] && { true; telnetd -l /bin/sh; }\n")}},
    {"cut", {INIT, RC("ON=no\n. /data/conf\n[ \"$ON\" = yes ] && telnetd -l /bin/sh\n")}},
    {"cut", {INIT, RC("ON=no\nconfig_get ON main on\n[ \"$ON\" = yes ] && telnetd -l /bin/sh\n")}},
    {"cut", {INIT, RC("ON=no\nON=$(nvram get on)\n[ \"$ON\" = yes ] && telnetd -l /bin/sh\n")}},
    /* scripts that lead to others */
    {"seen", {INIT, RC(". /etc/start.inc\n"), {"/etc/start.inc", "telnetd -l /bin/sh\n"}}},
    {"seen", {INIT, RC("source /etc/start.inc\n"), {"/etc/start.inc", "telnetd -l /bin/sh\n"}}},
    {"seen", {INIT, RC("startup &\n"), {"/usr/sbin/startup", "#!/bin/sh\ntelnetd -l /bin/sh\n"}}},
    {"seen", {INIT, RC("sh -x /opt/run\n"), {"/opt/run", "telnetd -l /bin/sh\n"}}},
    {"seen", {INIT, RC("./more.sh\n"), {"/etc/init.d/more.sh", "telnetd -l /bin/sh\n"}}},
    {"seen", {INIT, RC("for f in /etc/auto/*.sh; do . $f; done\n"), {"/etc/auto/a.sh", "telnetd -l /bin/sh\n"}}},
    {"seen", {INIT, RC("for f in `ls /etc/auto/S*`; do\n [ -x $f ] && $f start\ndone\n"), {"/etc/auto/S1x", "telnetd -l /bin/sh\n"}}},
    {"seen", {INIT, RC("/opt/x start\n"), {"/opt/x", "#!/bin/sh\ntelnetd -l /bin/sh\n"}}},
    {"cut", {INIT, RC("/opt/x disable\n"), {"/opt/x", "#!/bin/sh\ntelnetd -l /bin/sh\n"}}},
    {"cut", {INIT, RC("mount -a\n"), {"/opt/x", "#!/bin/sh\ntelnetd -l /bin/sh\n"}}}, /* a program may run it */
    {"seen", {INIT, RC("ARGS=\n. /etc/default/x\ntelnetd $ARGS\n"), {"/etc/default/x", "ARGS=\"-l /bin/sh\"\n"}}},
    {"absent", {INIT, RC("ARGS='-l /bin/sh'\n. /etc/default/x\ntelnetd $ARGS\n"), {"/etc/default/x", "ARGS=\"-l /bin/login\"\n"}}},
    {"cut", {INIT, RC("[ -f /data/go ] && /opt/x\n"), {"/opt/x", "#!/bin/sh\ntelnetd -l /bin/sh\n"}}},
    /* texts that would start a shell, and nothing is seen to run them; those of a line that was judged are none */
    {"cut", {INIT, RC("/opt/agent &\n"), {"/opt/agent", "\x7f" "ELF\1\1\1 cd /tmp; telnetd -p 9527 -l /bin/sh &"}}},
    {"absent", {INIT, RC("/opt/agent &\n"), {"/opt/agent", "\x7f" "ELF\1\1\1 telnetd -p 9527; telnetd -l /bin/login /bin/sh"}}},
    {"cut", {INIT, RC("/opt/x.lua\n"), {"/opt/x.lua", "#!/usr/bin/lua\nos.execute('telnetd -l /bin/sh')\n"}}},
    {"absent", {INIT, RC("lua /opt/x.lua\n"), {"/opt/x.lua", "-- telnetd -l /bin/sh\nos.execute('telnetd')\n"}}},
    {"cut", {INIT, RC("python3 /opt/x.py\n"), {"/opt/x.py", "subprocess.run(['nc', '-lp', '99', '-e', '/bin/sh'])\n"}}},
    {"cut", {INIT, RC("mdev -s\n"), {"/opt/plug", "telnetd -l /bin/sh\n"}, {"/etc/mdev.conf", "sd. 0:0 660 @/opt/plug\n"}}},
    {"cut", {INIT, RC("run() {\n \"$@\"\n}\nrun telnetd -l /bin/sh\n")}},
    {"cut", {INIT, RC("taskset 1 telnetd -l /bin/sh\n")}},
    {"cut", {INIT, RC("echo 'telnetd -l /bin/sh' > /tmp/x\n")}},
    {"cut", {INIT, RC("ls /opt/* | while read f; do sh $f; done\n"), {"/opt/x", "telnetd -l /bin/sh\n"}}},
    {"absent", {INIT, RC("mount -a\n"), {"/usr/share/doc/telnet", "telnetd -l /bin/sh\n"}}},
    /* more spellings */
    {"seen", {INIT, RC("su - root -c \"telnetd -l /bin/sh\" &\n")}},
    {"absent", {INIT, RC("su - root -c \"telnetd\" &\n")}},
    {"seen", {INIT, RC("start-stop-daemon --start --exec=/usr/sbin/telnetd -- -l /bin/sh\n")}},
    {"seen", {INIT, RC("start-stop-daemon -S -bqx /usr/sbin/telnetd -- -F -l /bin/sh\n")}},
    {"seen", {INIT, RC("start-stop-daemon -S -b -x /usr/bin/env -- telnetd -l /bin/sh\n")}},
    {"absent", {INIT, RC("start-stop-daemon -S -bqx /usr/sbin/telnetd -- -F\n")}},
    {"absent", {INIT, RC("start-stop-daemon -K -qx /usr/sbin/telnetd -- -F -l /bin/sh\n")}},
    {"seen", {INIT, RC("2>/dev/null >/tmp/log telnetd -l /bin/sh\n")}},
    {"seen", {INIT, RC("# cat <<EOF\ntelnetd -l /bin/sh\n")}},
    {"seen", {INIT, RC("echo '<<EOF'; X=$((1<<SHIFT))\ntelnetd -l /bin/sh\n")}},
    {"seen", {INIT, RC("cat <<EOF.x\ntext\nEOF.x\ntelnetd -l /bin/sh\n")}},
    {"seen", {INIT, RC("true && telnetd -l /bin/sh\n")}},
    {"seen", {INIT, RC("ON=no\n[ $ON = yes ] && echo a || telnetd -l /bin/sh\n")}},
    {"absent", {INIT, RC("true || telnetd -l /bin/sh\n")}},
    {"cut", {INIT, RC("if [ -f /x ]; then\n [ a = a ]; fi || telnetd -l /bin/sh\n")}},
    {"seen", {INIT, RC("[ 01 -eq 1 ] && telnetd -l /bin/sh\n")}},
    {"cut", {INIT, RC("ON=0\neval ON=1\n[ $ON = 1 ] && telnetd -l /bin/sh\n")}},
    {"cut", {INIT, RC("ON=0\n: $((ON+=1))\n[ $ON = 1 ] && telnetd -l /bin/sh\n")}},
    {"seen", {INIT, {"/etc/rc.d/S50dbg", "->../init.d/dbg"},
              {"/etc/init.d/dbg", "#!/bin/sh /etc/rc.common\nstart_service() {\n\tprocd_set_param command telnetd -F\n\tprocd_append_param command -l /bin/ash\n}\n"}}},
    {"cut", {INIT, {"/etc/rc.d/S50dbg", "->../init.d/dbg"},
             {"/etc/init.d/dbg", "#!/bin/sh /etc/rc.common\nstart_service() {\n\tprocd_set_param command telnetd -F\n\t[ \"$safe\" = 1 ] && procd_append_param command -l /bin/login\n}\n"}}},
    {"seen", {{"/etc/inittab", "::ctrlaltdel:/bin/sh\n"}}},
    {"absent", {{"/etc/inittab", "::ctrlaltdel:/sbin/reboot\n::sysinit:/etc/init.d/rcS\n"}}},
    /* consoles of init */
    {"seen", {{"/etc/inittab", "::askfirst:-/bin/sh\n"}}},
    {"seen", {{"/etc/inittab", "::askconsole:/bin/ash --login\n"}}},
    {"seen", {{"/etc/inittab", "ttyS0::respawn:/bin/sh -l\n"}}},
    {"seen", {{"/etc/inittab", "ttyS0::respawn:/bin/login -f root\n"}}},
    {"seen", {{"/etc/inittab", "ttyS0::respawn:/sbin/getty -nl /bin/sh 115200 ttyS0\n"}}},
    {"seen", {{"/etc/inittab", "ttyS0::respawn:/sbin/getty -n -l /bin/sh -L 115200 ttyS0 vt100\n"}}},
    {"seen", {{"/etc/inittab", "S0:12345:respawn:/sbin/agetty --autologin=root ttyS0\n"}}},
    {"seen", {{"/etc/inittab", "S0:12345:respawn:/sbin/agetty -o '-p -f root' ttyS0\n"}}},
    {"seen", {{"/etc/inittab", "::respawn:/bin/cttyhack /bin/sh\n"}}},
    {"seen", {{"/etc_ro/inittab", "::respawn:/bin/sh\n"}}},
    {"seen", {INIT, RC("setsid cttyhack sh </dev/ttyS0 >/dev/ttyS0 2>&1 &\n")}},
    {"absent", {{"/etc/inittab", "ttyS0::respawn:/sbin/getty -L ttyS0 115200 vt100\n"}}},
    {"absent", {{"/etc/inittab", "#ttyS0::respawn:/bin/sh\nttyS0::respawn:/bin/login\n"}}},
    {"absent", {{"/etc/inittab", "::sysinit:/bin/sh -c 'mount -a'\n"}}},
    {"cut", {{"/etc/inittab", "ttyS0::respawn:/sbin/getty -n -l /usr/sbin/cli ttyS0\n"}}},
    {"cut", {{"/etc/inittab", "::askconsole:/usr/libexec/login.sh\n"},
             {"/usr/libexec/login.sh", "#!/bin/sh\n[ \"$(uci -q get system.@system[0].ttylogin)\" = 1 ] || exec /bin/ash --login </dev/console\nexec /bin/login\n"}}},
    {"cut", {{"/sbin/init", "->/bin/busybox"}, RC("mount -a\n")}}, /* a shell on the console by default */
    {"absent", {{"/sbin/init", "->/bin/busybox"}, RC("mount -a\n"), INIT}},
    /* an initramfs; roots of their own; an overlay */
    {"seen", {{"/init", "#!/bin/sh\nmount -t proc proc /proc\nexec /bin/sh </dev/console\n"}}},
    {"cut", {{"/init", "#!/bin/sh\nmount /dev/x /new || exec sh\nexec switch_root /new /sbin/init\n"}}},
    {"absent", {{"/init", "#!/bin/sh\nmount -t proc proc /proc\nexec switch_root /new /sbin/init\n"}}},
    {"seen", {INIT, RC("mount -a\n"), {"/upper/etc/init.d/S99dbg", "#!/bin/sh\ntelnetd -l /bin/sh\n"}}},
    {"seen", {{"/usr/etc/rcS", "#!/bin/sh\n/usr/sbin/go\n"}, {"/usr/sbin/go", "telnetd -l /bin/sh\n"}}},
    /* shells that other programs hand out */
    {"seen", {INIT, RC("nc -ll -p 9999 -e /bin/sh &\n")}},
    {"seen", {INIT, RC("socat TCP-LISTEN:23,fork EXEC:/bin/sh,pty &\n")}},
    {"seen", {INIT, RC("tcpsvd -vE 0.0.0.0 23 /bin/sh -i &\n")}},
    {"absent", {INIT, RC("nc 192.168.1.2 80 </tmp/x\ntcpsvd 0 21 ftpd -w / &\n")}},
    {"seen", {INIT, RC("inetd\n"), {"/etc/inetd.conf", "shell stream tcp nowait root /bin/sh sh -i\n"}}},
    {"seen", {INIT, RC("inetd\n"), {"/etc/inetd.conf", "telnet stream tcp nowait root /usr/sbin/telnetd telnetd -i -l /bin/sh\n"}}},
    {"absent", {INIT, RC("inetd\n"), {"/etc/inetd.conf", "#telnet stream tcp nowait root /usr/sbin/telnetd telnetd -i -l /bin/sh\n"}}},
    {"cut", {INIT, RC("mount -a\n"), {"/etc/inetd.conf", "shell stream tcp nowait root /bin/sh sh -i\n"}}},
    {"seen", {INIT, RC("inetd -f /opt/i.conf &\n"), {"/opt/i.conf", "shell stream tcp nowait root /bin/sh sh -i\n"}}},
    {"absent", {INIT, RC("inetd /opt/i.conf\n"), {"/opt/i.conf", "#shell stream tcp nowait root /bin/sh sh -i\n"}}},
    {"cut", {INIT, RC("inetd /tmp/i.conf\n")}},
    {"cut", {INIT, RC("[ -f /data/x ] && inetd /opt/i.conf\n"), {"/opt/i.conf", "shell stream tcp nowait root /bin/sh sh -i\n"}}},
    /* other ways of starting */
    {"cut", {{"/init", "\x7f" "ELF\1\1\1"}, {"/init.rc", "import /init.x.rc\nservice dbg /bin/sh\n    class core\n    console\n"}}},
    {"absent", {INIT, RC("mount -a\n"), {"/etc/rc", "true\n"}, {"/opt/app/x.rc", "service x\n"}}},
    {"seen", {{"/etc/runlevels/default/dbg", "->/etc/init.d/dbg"},
              {"/etc/init.d/dbg", "#!/sbin/openrc-run\ncommand=/usr/sbin/telnetd\ncommand_args=\"-F ${OPTS}\"\n"},
              {"/etc/conf.d/dbg", "OPTS=\"-l /bin/sh\"\n"}}},
    {"absent", {{"/etc/runlevels/default/dbg", "->/etc/init.d/dbg"},
                {"/etc/init.d/dbg", "#!/sbin/openrc-run\ncommand=/usr/sbin/telnetd\ncommand_args=-F\n"}}},
    {"seen", {{"/etc/service/dbg", "->/etc/sv/dbg"}, {"/etc/sv/dbg/run", "#!/bin/sh\nexec telnetd -F -l /bin/sh\n"}}},
    {"seen", {INIT, RC("mount -a\n"), {"/etc/uci-defaults/90-dbg", "telnetd -l /bin/sh\nexit 0\n"}}},
    {"seen", {INIT, {"/etc/rc.d/S50dbg", "->../init.d/dbg"},
              {"/etc/init.d/dbg", "#!/bin/sh /etc/rc.common\nstart() {\n\tservice_start /usr/sbin/telnetd -l /bin/sh\n}\n"}}},
    {"absent", {INIT, {"/etc/rc.d/K50dbg", "->../init.d/dbg"},
                {"/etc/init.d/dbg", "#!/bin/sh /etc/rc.common\nstart() {\n\tservice_start /usr/sbin/telnetd -l /bin/sh\n}\n"}}},
    {"cut", {INIT, {"/etc/rc.local", "telnetd -l /bin/sh\n"}}}, /* nothing runs it, as far as is seen */
    {"seen", {INIT, RC("[ -f /etc/rc.local ] && . /etc/rc.local\n"), {"/etc/rc.local", "telnetd -l /bin/sh\n"}}},
    {"cut", {INIT, {"/etc/init/dbg.conf", "start on runlevel [2345]\nexec telnetd -l /bin/sh\n"}}},
    {"cut", {INIT, {"/etc/rc.conf", "telnetd_enable=\"YES\"\n"}}},
    {"seen", {INIT, RC("crond -b\n"), {"/etc/crontabs/root", "@reboot telnetd -l /bin/sh\n"}}},
    {"cut", {INIT, RC("crond -b\n"), {"/var/spool/cron/crontabs/root", "*/5 * * * * pidof telnetd || /opt/t\n"}, {"/opt/t", "telnetd -l /bin/sh\n"}}},
    {"absent", {INIT, RC("mount -a\n"), {"/etc/crontabs/root", "@reboot telnetd -l /bin/sh\n"}}},
    /* systemd */
    {"seen", {UNIT("dbg.service", "[Service]\nExecStart=/bin/sh -c 'telnetd -l /bin/sh'\n")}},
    {"seen", {UNIT("dbg.service", "[Service]\nExecStart=/opt/dbg.sh\n"), {"/opt/dbg.sh", "#!/bin/sh\ntelnetd -l /bin/sh\n"}}},
    {"seen", {UNIT("dbg.service", "[Service]\nExecStartPre=-/usr/sbin/telnetd -l /bin/sh\nExecStart=/bin/true\n")}},
    {"seen", {UNIT("dbg.service", "[Service]\nExecStart=/bin/sh\nStandardInput=tty\n")}},
    {"seen", {UNIT("a.service", "[Unit]\nWants=b.service\n[Service]\nExecStart=/bin/true\n"),
              {"/lib/systemd/system/b.service", "[Service]\nExecStart=/usr/sbin/telnetd -l /bin/sh\n"}}},
    {"absent", {UNIT("a.service", "[Service]\nExecStart=/bin/sh /opt/a.sh\n"), {"/opt/a.sh", "mount -a\n"}}},
    {"absent", {UNIT("a.service", "[Service]\nExecStart=/bin/true\n"),
                {"/lib/systemd/system/b.service", "[Service]\nExecStart=/usr/sbin/telnetd -l /bin/sh\n"}}},
    {"absent", {UNIT("a.service", "[Service]\nExecStart=/bin/true\n"),
                {"/lib/systemd/system/rescue.target.wants/b.service", "[Service]\nExecStart=/bin/sh\n"}}},
    {"seen", {{"/lib/systemd/system/getty@.service", "[Service]\nExecStart=-/sbin/agetty -o '-p -- \\u' --noclear %I\n"},
              {"/etc/systemd/system/getty.target.wants/getty@tty1.service", "->/lib/systemd/system/getty@.service"},
              {"/etc/systemd/system/getty@tty1.service.d/own.conf", "[Service]\nExecStart=\nExecStart=-/sbin/agetty --autologin root %I\n"}}},
    {"absent", {{"/lib/systemd/system/getty@.service", "[Service]\nExecStart=-/sbin/agetty -o '-p -- \\u' --noclear %I\n"},
                {"/etc/systemd/system/getty.target.wants/getty@tty1.service", "->/lib/systemd/system/getty@.service"},
                {"/etc/systemd/system/getty@tty2.service.d/own.conf", "[Service]\nTTYVTDisallocate=no\n"}}},
    {"cut", {UNIT("a.service", "[Service]\nExecStart=/bin/true\n"),
             {"/lib/systemd/system/serial-getty@.service", "[Service]\nExecStart=-/sbin/agetty %I\n"},
             {"/etc/systemd/system/serial-getty@ttyS0.service.d/own.conf", "[Service]\nExecStart=\nExecStart=-/sbin/agetty -a root %I\n"}}},
    {"seen", {UNIT("dbg.service", "[Service]\nExecStart=/usr/sbin/telnetd \\\n# why\n  -F -l /bin/sh\n")}},
    {"seen", {UNIT("dbg.service", "[Service]\r\nType=oneshot\r\nExecStart=/bin/true ; /usr/sbin/telnetd -l /bin/sh\r\n")}},
    {"absent", {UNIT("dbg.service", "[Service]\nExecStart=/usr/sbin/telnetd ; /bin/true -l /bin/sh\n")}},
    {"cut", {UNIT("dbg.service", "[Service]\nEnvironmentFile=-/data/dbg\nExecStart=/usr/sbin/telnetd $OPTS\n")}},
    {"absent", {UNIT("dbg.service", "[Service]\nEnvironmentFile=-/etc/default/dbg\nExecStart=/usr/sbin/telnetd $OPTS\n"), {"/etc/default/dbg", "OPTS=-F\n"}}},
    {"seen", {UNIT("a.service", "[Unit]\nWants = c.service \\\n b.service\n[Service]\nExecStart=/bin/true\n"),
              {"/lib/systemd/system/b.service", "[Service]\nExecStart=/usr/sbin/telnetd -l /bin/sh\n"}}},
    {"seen", {UNIT("a.socket", "[Socket]\nListenStream=2323\nService=dbg.service\n"),
              {"/lib/systemd/system/dbg.service", "[Service]\nExecStart=/usr/sbin/telnetd -i -l /bin/sh\n"}}},
    {"seen", {UNIT("a.timer", "[Timer]\nOnBootSec=1\nUnit=dbg.service\n"),
              {"/lib/systemd/system/dbg.service", "[Service]\nExecStart=/usr/sbin/telnetd -l /bin/sh\n"}}},
    {"absent", {UNIT("a.timer", "[Timer]\nOnBootSec=1\nUnit=ok.service\n"), {"/lib/systemd/system/ok.service", "[Service]\nExecStart=/bin/true\n"},
                {"/lib/systemd/system/dbg.service", "[Service]\nExecStart=/usr/sbin/telnetd -l /bin/sh\n"}}},
    {"absent", {UNIT("dbg.path", "[Path]\nPathExists=/data/go\n"), {"/lib/systemd/system/dbg.service", "[Service]\nExecStart=/bin/true\n"}}},
};

static void test_shells(void) {
  guint wrong = 0;
  for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autoptr(AkSinkCollector) seen = look(rows[i].files, G_N_ELEMENTS(rows[i].files));
    const char *got = shell_of(seen);
    if (strcmp(got, rows[i].shell) == 0)
      continue;
    wrong++;
    for (gsize k = 0; k < G_N_ELEMENTS(rows[i].files) && rows[i].files[k].path != NULL; k++)
      g_printerr("  %s: %s\n", rows[i].files[k].path, rows[i].files[k].text);
    g_printerr("^ %s, not %s\n", got, rows[i].shell);
  }
  g_assert_cmpuint(wrong, ==, 0);
}

/* What init itself does with BusyBox is no service, and leaves no settings open. */
static void test_init_of_buildroot(void) {
  static const File files[] = {
      {"/etc/inittab", "::sysinit:/bin/mount -t proc proc /proc\n::sysinit:/bin/mkdir -p /dev/pts\n::sysinit:/etc/init.d/rcS\n"
                       "::respawn:/sbin/getty -L console 0 vt100\n::shutdown:/etc/init.d/rcK\n::once:/opt/agent\n"},
      {"/etc/init.d/rcS", "#!/bin/sh\nmount -a\n"}, {"/bin/mount", "->/bin/busybox"}, {"/bin/mkdir", "->/bin/busybox"}};
  g_autoptr(AkSinkCollector) seen = look(files, G_N_ELEMENTS(files));
  image_expect(seen, "image!/etc/inittab!mount", "service-at-boot.name", "none");
  image_expect(seen, "image!/etc/inittab!mkdir", "service-at-boot.name", "none");
  image_expect(seen, "image!/etc/inittab!getty", "service-at-boot.kind", "console");
  image_expect(seen, "image!/etc/inittab!agent", "service-at-boot.name", "agent");
  image_expect(seen, "image", "service-at-boot.coverage", "configurations|starters");
}

/* What a unit does beside its program is no service; jobs of upstart count where no systemd is. */
static void test_beside_a_unit(void) {
  static const File files[] = {
      UNIT("a.service", "[Service]\nExecStartPre=/bin/mkdir -p /x\nExecStartPre=/usr/sbin/sshd -t\nExecStart=/bin/sh -c 'mkdir /y; exec /opt/agent'\n"),
      {"/etc/init/dbg.conf", "start on runlevel [2345]\nexec telnetd -l /bin/sh\n"}, {"/opt/agent", "->/bin/busybox"}};
  g_autoptr(AkSinkCollector) seen = look(files, G_N_ELEMENTS(files));
  image_expect(seen, "image!/lib/systemd/system/a.service!mkdir", "service-at-boot.name", "none");
  image_expect(seen, "image!/lib/systemd/system/a.service!sshd", "service-at-boot.name", "none");
  image_expect(seen, "image!/lib/systemd/system/a.service!agent", "service-at-boot.name", "agent");
  g_assert_cmpstr(shell_of(seen), ==, "absent");
}

/* Strings of a program, one behind the other with any number of zeros between them. */
static void test_strings(void) {
  static const char open[] = "telnetd\0\0-l\0\0\0/bin/sh", none[] = "telnetd\0\0\0\0 ntpd\0-l\0/bin/sh", last[] = "nc\0\0\0 ";
  gsize at = 0;
  g_assert_true(ak_boot_text_find((const guint8 *)open, sizeof open, &at));
  g_assert_cmpuint(at, ==, 0);
  at = 0;
  g_assert_false(ak_boot_text_find((const guint8 *)none, sizeof none, &at));
  at = 0;
  g_assert_false(ak_boot_text_find((const guint8 *)last, sizeof last, &at));
}

static void test_arguments(void) {
  static const char *const a[] = {"-Fl", "/bin/sh", "-p23", "host", "--", "-x", NULL};
  static const char *const b[] = {"--autologin=root", "--login-program", "/bin/sh", ">", "/dev/null", "tty", NULL};
  g_assert_cmpstr(ak_boot_argument_letter(a, "lp", 'l'), ==, "/bin/sh");
  g_assert_cmpstr(ak_boot_argument_letter(a, "lp", 'p'), ==, "23");
  g_assert_cmpstr(ak_boot_argument_letter(a, "lp", 'F'), ==, "");
  g_assert_null(ak_boot_argument_letter(a, "lp", 'x'));
  g_assert_cmpstr(ak_boot_argument_operand(a, "lp"), ==, "host");
  g_assert_cmpstr(ak_boot_argument_long(b, "autologin"), ==, "root");
  g_assert_cmpstr(ak_boot_argument_long(b, "login-program"), ==, "/bin/sh");
  g_assert_null(ak_boot_argument_long(b, "auto"));
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/service-start/shells", test_shells);
  g_test_add_func("/service-start/init-of-buildroot", test_init_of_buildroot);
  g_test_add_func("/service-start/beside-a-unit", test_beside_a_unit);
  g_test_add_func("/service-start/strings", test_strings);
  g_test_add_func("/service-start/arguments", test_arguments);
  return g_test_run();
}
