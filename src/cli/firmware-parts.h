/* What `akashi firmware` prints of one image as text, in parts. */
#pragma once

#include "cli/command.h"
#include "util/json.h"

typedef struct {
  const AkCli *cli;
  const json_t *result; /* docs/formats/firmware.md */
  bool list;            /* all of it, not what is read at once */
  const char *extract;  /* folder into which files were written; NULL: none */
} AkFirmwareText;

#define AK_FIRMWARE_TEXT_ROWS 40 /* of a list, where not all are asked for */

/* All of it. False with the error where findings cannot be told. */
bool ak_firmware_text_print(const AkFirmwareText *self, GError **error);

/* The containers with what they hold, and the map of the image's bytes. */
void ak_firmware_text_tree(const AkFirmwareText *self);
void ak_firmware_text_map(const AkFirmwareText *self);
/* How many bytes were explained and how many not. */
void ak_firmware_text_coverage(const AkCli *cli, const json_t *coverage);
/* Which searches did not see everything, and why: under a reason those that it is of. Nothing where all did. */
void ak_firmware_text_searches(const AkFirmwareText *self);
/* The line under a file or region that says why it is not whole; nothing where `cut` is "". */
void ak_firmware_text_cut(const AkCli *cli, const char *cut);
/* "… and N more (--list)"; nothing where `count` is 0. */
void ak_firmware_text_more(const AkCli *cli, gsize count);
/* The locator without the image's name; that alone where it is the image. */
const char *ak_firmware_text_place(const char *locator);
/* `text`, and blanks up to `width` columns. */
void ak_firmware_text_cell(const char *text, guint width);
