#include "firmware/analysis/update-config.h"

#include <string.h>

#include "firmware/unpack/test-image.h"

/* Written by hand from the updaters' documentation. */
static const struct {
  const char *path, *text;
  const char *signature; /* "seen", "absent" or "could-not-look" */
  const char *plain;
} rows[] = {
    {"/etc/opkg.conf", "dest root /\noption check_signature\nsrc/gz a https://x/y\n", "seen",
     "absent"},
    {"/etc/opkg.conf", "dest root /\n# option check_signature\nsrc/gz a http://x/y\n", "absent",
     "http://x/y"},
    {"/etc/opkg.conf", "option check_signature 0\n", "absent", "absent"},
    {"/etc/rauc/system.conf", "[system]\ncompatible=x\n[keyring]\npath=/etc/rauc/ca.pem\n", "seen",
     "absent"},
    {"/etc/rauc/system.conf", "[system]\ncompatible=x\n", "could-not-look", "absent"},
    {"/etc/swupdate.cfg", "globals :\n{\n  public-key-file = \"/etc/k.pem\";\n};\n", "seen",
     "absent"},
    {"/etc/swupdate.cfg", "globals :\n{\n  verbose = true;\n};\n", "could-not-look", "absent"},
    {"/etc/mender/mender.conf", "{\"ArtifactVerifyKey\": \"/etc/k.pem\"}", "seen", "absent"},
    {"/etc/mender/mender.conf", "{\"ServerURL\": \"http://u:s3cret@h/\"}", "absent",
     "http://h/\"}"},
    {"/etc/mender/mender.conf", "{", "could-not-look", "absent"},
    {"/etc/fwupd/daemon.conf", "[fwupd]\nDisabledDevices=\n", "seen", "absent"},
    {"/etc/fwupd/daemon.conf", "[fwupd]\nOnlyTrusted=false\n", "absent", "absent"},
    {"/etc/apt/sources.list", "deb http://d/ x main\n", "seen", "http://d/"},
    {"/etc/apt/sources.list", "deb [trusted=yes] https://d/ x main\n", "absent", "absent"},
    {"/etc/apt/sources.list", "# deb [trusted=yes] https://d/ x main\n", "seen", "absent"},
    {"/etc/opkg.conf", "option check_signature 1\noption check_signature 0\n", "absent", "absent"},
    {"/etc/opkg/own.conf", "option check_signature 0\n", "absent", "absent"},
    {"/etc/opkg/customfeeds.conf", "src/gz a https://x/y\n", "could-not-look", "absent"},
    {"/etc/apt/sources.list.d/own.list", "deb [arch=arm64 trusted=yes] https://d/ x main\n", "absent", "absent"},
    {"/etc/apt/sources.list.d/own.list", "deb [allow-insecure=yes] https://d/ x main\n", "absent", "absent"},
    {"/etc/apt/sources.list.d/own.sources", "Types: deb\nURIs: https://d/\nTrusted: Yes\n", "absent", "absent"},
    {"/etc/apt/sources.list.d/own.sources", "Types: deb\nURIs: https://d/\nSigned-By: /x.gpg\n", "seen", "absent"},
    {"/etc/apt/apt.conf.d/99own", "Acquire::AllowInsecureRepositories \"true\";\n", "absent", "absent"},
    {"/etc/apt/apt.conf.d/99own", "APT::Install-Recommends \"false\";\n", "could-not-look", "absent"},
    {"/etc/fwupd/fwupd.conf", "[fwupd]\nOnlyTrusted=false\n", "absent", "absent"},
    {"/etc/yum.repos.d/own.repo", "[a]\nbaseurl=http://d/\ngpgcheck=1\n[b]\ngpgcheck = 0\n", "absent", "http://d/"},
    {"/etc/yum.repos.d/own.repo", "[a]\nbaseurl=https://d/\ngpgcheck=1\n", "seen", "absent"},
    {"/etc/dnf/dnf.conf", "[main]\nkeepcache=0\n", "could-not-look", "absent"},
    {"/etc/ostree/remotes.d/own.conf", "[remote \"a\"]\nurl=https://d/\ngpg-verify=false\n", "absent", "absent"},
    {"/etc/ostree/remotes.d/own.conf", "[remote \"a\"]\nurl=https://d/\ngpg-verify=false\nsign-verify=true\n", "seen", "absent"},
    {"/etc/ostree/remotes.d/own.conf", "[remote \"a\"]\nurl=https://d/\n", "seen", "absent"},
    {"/lib/upgrade/fwtool.sh", "fwtool_check_signature() {\n}\n", "absent", "absent"},
    {"/lib/upgrade/fwtool.sh", "REQUIRE_IMAGE_SIGNATURE=1\n", "seen", "absent"},
};

static void test_settings(void) {
  for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autoptr(AkFirmwareTree) tree = image_tree();
    image_tree_text(tree, rows[i].path, rows[i].text);
    g_autoptr(AkSinkCollector) seen = image_look(tree, "firmware.update");
    g_autofree char *locator = g_strdup_printf("image!%s", rows[i].path);
    const AkObservation *signature = ak_sink_collector_find(seen, "update.signature", locator);
    g_test_message("%s: %s", rows[i].path, rows[i].text);
    g_assert_nonnull(signature);
    g_assert_cmpstr(ak_outcome_name(signature->outcome), ==, rows[i].signature);
    if (strcmp(rows[i].plain, "http://h/\"}") != 0)
      image_expect(seen, locator, "update.plain-source", rows[i].plain);
    image_expect_no(seen, "s3cret");
    image_expect(seen, "image", "update.coverage", "settings");
  }
}

/* No updater that is known: nobody can say whether updates are signed. */
static void test_an_image_without(void) {
  g_autoptr(AkFirmwareTree) tree = image_tree();
  image_tree_text(tree, "/etc/hosts", "127.0.0.1 localhost\n");
  g_autoptr(AkSinkCollector) seen = image_look(tree, "firmware.update");
  image_expect(seen, "image", "update.mechanism", "absent");
  image_expect(seen, "image", "update.signature", "could-not-look");
  image_expect(seen, "image", "update.coverage", "settings");
}

static void test_truncated_at_every_byte(void) {
  for (gsize i = 0; i < G_N_ELEMENTS(rows); i++)
    for (gsize cut = 0; cut < strlen(rows[i].text); cut++) {
      g_autofree guint8 *copy = g_memdup2(rows[i].text, cut);
      ak_firmware_update_config_fuzz(copy, cut);
    }
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/update/settings", test_settings);
  g_test_add_func("/update/without", test_an_image_without);
  g_test_add_func("/update/truncated", test_truncated_at_every_byte);
  return g_test_run();
}
