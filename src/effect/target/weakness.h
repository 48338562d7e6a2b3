/* What the weak application does with a value that came with a request. */
#pragma once

#include "effect/target/request.h"
#include "effect/target/target-database.h"

typedef struct {
  const AkTargetRequest *request;
  const GString *value; /* what the path's row names; for a file, its name */
  const json_t *json;   /* the value where it stands in a JSON body; or NULL */
  const json_t *data;   /* data/effect/target.json */
  AkTargetDatabase *database;
  GString *page;         /* what the answer shows may be appended here */
  const char *statement; /* of the row: which statement of the data */
} AkTargetCall;

/* True: the effect that the weakness is named for happened. */
typedef bool (*AkTargetWeakness)(AkTargetCall *call);

bool ak_weakness_sql(AkTargetCall *call);
bool ak_weakness_sql_order(AkTargetCall *call);
bool ak_weakness_xpath(AkTargetCall *call);
bool ak_weakness_entity(AkTargetCall *call);
bool ak_weakness_text(AkTargetCall *call);      /* in the text of a page */
bool ak_weakness_attribute(AkTargetCall *call); /* in an attribute's value */
bool ak_weakness_link(AkTargetCall *call);      /* as the address of a link */
bool ak_weakness_script(AkTargetCall *call);    /* in a text of a script */
bool ak_weakness_directive(AkTargetCall *call);
bool ak_weakness_file(AkTargetCall *call);
bool ak_weakness_file_filtered(AkTargetCall *call);
bool ak_weakness_file_decoded(AkTargetCall *call);
bool ak_weakness_include(AkTargetCall *call);
bool ak_weakness_upload(AkTargetCall *call);
bool ak_weakness_command(AkTargetCall *call);
bool ak_weakness_command_quoted(AkTargetCall *call);
bool ak_weakness_function(AkTargetCall *call);
bool ak_weakness_fetch(AkTargetCall *call);
bool ak_weakness_redirect(AkTargetCall *call);
bool ak_weakness_header(AkTargetCall *call);
bool ak_weakness_template(AkTargetCall *call);
bool ak_weakness_lookup(AkTargetCall *call);
bool ak_weakness_object(AkTargetCall *call);
bool ak_weakness_operator(AkTargetCall *call);
bool ak_weakness_prototype(AkTargetCall *call);
bool ak_weakness_directory(AkTargetCall *call);

/* A file that stands beside the application's own folder, by the data's list. `name` is a path from
 * the application's folder of documents. */
bool ak_weakness_is_outside(const json_t *data, const char *name);
