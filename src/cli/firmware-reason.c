#include "cli/firmware-reason.h"

#include <string.h>

/* Reasons that stand alone. Source: firmware/analysis, the files named. */
static const struct {
  const char *reason, *id;
} whole[] = {
    {"the limit of files", "cli.firmware.reason.files"},
    {"a file of accounts that is made when the device starts", "cli.firmware.reason.accounts-made"}, /* account.c */
    {"a file of accounts with lines that are none", "cli.firmware.reason.accounts-lines"},
    {"more folders with accounts than are looked at", "cli.firmware.reason.accounts-folders"},
    {"the passwords stand in a file that the image does not hold", "cli.firmware.reason.accounts-passwords"},
    {"not every hash was tried", "cli.firmware.reason.hashes"},
    {"a program was not read", "cli.firmware.reason.program"},         /* call.c */
    {"a program was not read in full", "cli.firmware.reason.program"}, /* elf.c */
    {"more components than are listed", "cli.firmware.reason.components"},
    {"a file of rules was not read in full", "cli.firmware.reason.firewall"},
    {"more files than are listed", "cli.firmware.reason.listed"}, /* permission.c */
    {"a filesystem stores no modes: who may write there is decided where it is mounted", "cli.firmware.reason.modes"},
    {"a table was not understood in full", "cli.firmware.reason.cron"}, /* schedule.c */
    {"more services than are listed", "cli.firmware.reason.services"},
    {"more files that start services than are read", "cli.firmware.reason.scripts"},
    {"a script that was too large to read", "cli.firmware.reason.script-size"},
    {"nothing was found that starts the device", "cli.firmware.reason.no-starter"},
    {"jobs of upstart, which are not read", "cli.firmware.reason.upstart"},
    {"services of Android's init, which are not read", "cli.firmware.reason.android"},
    {"services of rc.conf, which are not read", "cli.firmware.reason.rc-conf"},
    {"settings were not read in full", "cli.firmware.reason.settings"}, /* update.c */
    {"more matches than are listed", "cli.firmware.reason.matches"},    /* yara.c, yara-rules.c */
    {"the time allowed for a file ended", "cli.firmware.reason.rules-time"},
    {"the rules could not be held against a file", "cli.firmware.reason.rules-failed"},
    {"a string stands at more places than are counted", "cli.firmware.reason.rules-places"},
};

/* A beginning, then places, with what stands between them. Source: firmware/unpack/gaps.c, firmware/analysis/emit.c. */
static const struct {
  const char *begin, *between, *id;
} listed[] = {
    {"files that look packed or encrypted were not opened: ", ", ", "cli.firmware.reason.sealed"},
    {"the image was not read in full: ", "; ", "cli.firmware.reason.gaps"},
};

/* "code (arm), 131072 bytes at 0x40000 of gateway.bin". */
static char *region_text(AkLang lang, const char *place) {
  static const char bytes[] = " bytes at 0x", of[] = " of ";
  const char *at = strstr(place, bytes), *size = at;
  while (size != NULL && size > place && g_ascii_isdigit(size[-1]))
    size--;
  const char *owner = at != NULL ? strstr(at, of) : NULL;
  if (owner == NULL || size - place < 3 || strncmp(size - 2, ", ", 2) != 0)
    return g_strdup(place);
  g_autofree char *kind = g_strndup(place, (gsize)(size - 2 - place));
  g_autofree char *count = g_strndup(size, (gsize)(at - size));
  g_autofree char *offset = g_strndup(at + sizeof bytes - 3, (gsize)(owner - at) - (sizeof bytes - 3));
  gsize length = strcspn(kind, " ");
  g_autofree char *word = g_strndup(kind, length), *id = g_strdup_printf("cli.firmware.content.%s", word);
  const char *name = ak_text(lang, id);
  g_autofree char *told = g_strconcat(name == id ? word : name, kind + length, NULL);
  return ak_text_format(lang, "cli.firmware.reason.region", told, count, offset, owner + sizeof of - 1);
}

/* "and 12 more" behind the last place. */
static char *more_text(AkLang lang, const char *place) {
  gsize digits = g_str_has_prefix(place, "and ") ? strspn(place + 4, "0123456789") : 0;
  g_autofree char *count = g_strndup(place + MIN(4, strlen(place)), digits);
  return digits > 0 && strcmp(place + 4 + digits, " more") == 0 ? ak_text_format(lang, "cli.firmware.reason.more", count)
                                                               : region_text(lang, place);
}

static char *places_text(AkLang lang, const char *places, const char *between) {
  g_auto(GStrv) parts = g_strsplit(places, between, -1);
  for (gsize i = 0; parts[i] != NULL; i++) {
    char *told = more_text(lang, parts[i]);
    g_free(parts[i]);
    parts[i] = told;
  }
  return g_strjoinv(between, parts);
}

char *ak_firmware_reason_text(AkLang lang, const char *reason) {
  for (gsize i = 0; i < G_N_ELEMENTS(whole); i++)
    if (strcmp(reason, whole[i].reason) == 0)
      return g_strdup(ak_text(lang, whole[i].id));
  for (gsize i = 0; i < G_N_ELEMENTS(listed); i++)
    if (g_str_has_prefix(reason, listed[i].begin)) {
      g_autofree char *places = places_text(lang, reason + strlen(listed[i].begin), listed[i].between);
      return ak_text_format(lang, listed[i].id, places);
    }
  return g_strdup(reason);
}
