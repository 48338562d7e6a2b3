#include "firmware/analysis/cron-file.h"

#include <string.h>

#include "firmware/unpack/test-image.h"

static void test_a_weak_image(void) {
  g_autoptr(AkFirmwareTree) tree = image_tree();
  image_tree_text(
      tree, "/etc/crontabs/root",
      "# m h\nPATH=/bin\n*/5 * * * * /usr/bin/report --password s3cret\n@reboot sleep 5\n"
      "0 4 * * mon-fri /opt/open/job\n");
  image_tree_bytes(tree, "/usr/bin/report", 0777, "#!", 2);
  image_tree_add(tree,
                 (AkNode){.type = AK_NODE_FOLDER, .path = g_strdup("/opt/open"), .mode = 0777});
  g_autoptr(AkSinkCollector) seen = image_look(tree, "firmware.schedule");
  image_expect(seen, "image!/etc/crontabs/root", "schedule.job",
               "*/5 * * * *: /usr/bin/report|0 4 * * mon-fri: /opt/open/job|@reboot: sleep");
  image_expect(seen, "image!/etc/crontabs/root", "schedule.writable",
               "*/5 * * * *: /usr/bin/report|0 4 * * mon-fri: /opt/open/job");
  image_expect(seen, "image", "schedule.coverage", "tables");
  image_expect_no(seen, "s3cret");
}

static void test_a_sound_image(void) {
  g_autoptr(AkFirmwareTree) tree = image_tree();
  image_tree_text(tree, "/etc/crontab", "17 * * * * root /usr/sbin/logrotate /etc/x\n");
  image_tree_text(tree, "/etc/cron.d/.placeholder", "nothing\n");
  image_tree_bytes(tree, "/usr/sbin/logrotate", 0755, "#!", 2);
  g_autoptr(AkSinkCollector) seen = image_look(tree, "firmware.schedule");
  image_expect(seen, "image!/etc/crontab", "schedule.job", "17 * * * *: /usr/sbin/logrotate");
  image_expect(seen, "image!/etc/crontab", "schedule.writable", "absent");
  image_expect(seen, "image", "schedule.writable", "absent");
  image_expect(seen, "image", "schedule.coverage", "tables");
}

/* What everybody may change stands behind a shell, behind another command, or in a folder that is run as a whole. */
static void test_other_spellings(void) {
  static const struct {
    const char *line;
    bool is_writable;
  } lines[] = {
      {"* * * * * /bin/sh /opt/job\n", true},         {"* * * * * cd / && /opt/job -x\n", true},
      {"@daily test -x /opt/job || /opt/job\n", true}, {"*/5 * * * * sh -c '/opt/job >/dev/null'\n", true},
      {"* * * * * /opt/job2\n", false},                {"* * * * * echo /opt/job\n", false},
  };
  for (gsize i = 0; i < G_N_ELEMENTS(lines); i++) {
    g_autoptr(AkFirmwareTree) tree = image_tree();
    image_tree_text(tree, "/var/spool/cron/root", lines[i].line);
    image_tree_bytes(tree, "/opt/job", 0777, "#!", 2);
    image_tree_bytes(tree, "/opt/job2", 0755, "#!", 2);
    g_autoptr(AkSinkCollector) seen = image_look(tree, "firmware.schedule");
    const AkObservation *o = ak_sink_collector_find(seen, "schedule.writable", "image!/var/spool/cron/root");
    g_test_message("%s", lines[i].line);
    g_assert_cmpint(o->outcome == AK_OUTCOME_SEEN, ==, lines[i].is_writable);
  }
  g_autoptr(AkFirmwareTree) tree = image_tree();
  image_tree_bytes(tree, "/etc/cron.daily/weak", 0777, "#!", 2);
  image_tree_bytes(tree, "/etc/cron.daily/sound", 0755, "#!", 2);
  image_tree_bytes(tree, "/etc/cron.daily/.placeholder", 0644, "x", 1);
  g_autoptr(AkSinkCollector) seen = image_look(tree, "firmware.schedule");
  image_expect(seen, "image!/etc/cron.daily/weak", "schedule.writable", "daily: /etc/cron.daily/weak");
  image_expect(seen, "image!/etc/cron.daily/sound", "schedule.job", "daily: /etc/cron.daily/sound");
  image_expect(seen, "image!/etc/cron.daily/sound", "schedule.writable", "absent");
  image_expect(seen, "image!/etc/cron.daily/.placeholder", "schedule.job", "none");
}

/* A line that is not understood: what it starts is not known. */
static void test_not_understood(void) {
  g_autoptr(AkFirmwareTree) tree = image_tree();
  image_tree_text(tree, "/etc/crontabs/root", "every day /bin/x\n");
  g_autoptr(AkSinkCollector) seen = image_look(tree, "firmware.schedule");
  image_expect(seen, "image", "schedule.job", "cut");
  image_expect(seen, "image", "schedule.coverage", "cut");
}

static void test_truncated_at_every_byte(void) {
  static const char text[] = "A=b\n*/5 1-3 * jan * root /bin/x y\n@daily root z\n";
  for (gsize cut = 0; cut < sizeof text; cut++) {
    g_autofree guint8 *copy = g_memdup2(text, cut);
    ak_firmware_cron_file_fuzz(copy, cut);
  }
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/schedule/weak", test_a_weak_image);
  g_test_add_func("/schedule/sound", test_a_sound_image);
  g_test_add_func("/schedule/other-spellings", test_other_spellings);
  g_test_add_func("/schedule/not-understood", test_not_understood);
  g_test_add_func("/schedule/truncated", test_truncated_at_every_byte);
  return g_test_run();
}
