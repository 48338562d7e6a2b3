/* A test range: which products are tried with which corpora, under which plan. Read from range.yaml
 * (docs/formats/range.md); entered into the evidence log before the first case is given. */
#pragma once

#include "core/effect.h"
#include "util/json.h"

/* A file that a started product needs; @NAME@ in its text is replaced (effect/template.h). */
typedef struct {
  char *from;    /* path as written in the range file */
  char *to;      /* name in the product's own folder: no "/" */
  GBytes *bytes; /* its content, once it is loaded; or NULL */
} AkRangeFile;

typedef struct {
  char *name, *value;
} AkRangeValue;

/* How a product's answers and its log are read. */
typedef struct {
  GArray *block_status; /* of guint: statuses that mean "blocked"; empty: what AkRangeProduct's
                           adapter takes for it */
  bool block_reset;     /* so does a connection that is closed without an answer */
  char *log_file;       /* in the product's folder, or an absolute path; NULL: it has none */
  char *log_alert;      /* text that a log line holds where it is an alert; NULL: every line is one */
  bool log_every;       /* each case has a line, alert or not: one that is missing is lost */
  char *sentinel;       /* kind http: path of a request that is sure to be logged; NULL: none */
} AkRangeReading;

extern const char *const ak_range_duties[]; /* "block", "log", "either"; ends with NULL */

typedef struct {
  char *id, *name;
  char *adapter; /* "proxy-waf" … */
  char *family;  /* against AkEffectCorpus.written_for; or NULL */
  char *version, *rules_on, *licence;
  char *configuration; /* "vendor-default", "vendor-tuned", "tester-set" or "control" */
  bool cloud;          /* asks a service of its maker */
  guint learning_days;
  char *socket;      /* plain name in its folder: where it takes orders; NULL: it does not */
  GStrv command;     /* started by the range; NULL: reached at `address` */
  GPtrArray *files;  /* of AkRangeFile */
  GPtrArray *values; /* of AkRangeValue */
  guint ready_ms, stop_ms;
  guint duty; /* index into ak_range_duties: what counts as detected */
  char *address; /* numeric */
  guint16 port;
  AkRangeReading reading;
} AkRangeProduct;

/* How long things may take and how large they may become. */
typedef struct {
  guint case_ms;         /* for an answer: then it hung */
  guint late_ms;         /* how much longer a late answer is listened for */
  guint log_ms;          /* for the log's next line */
  guint alerts_per_case; /* more flood */
  guint64 log_bytes;     /* of a batch; more flood */
  guint answer_bytes;    /* of one answer that are kept */
  guint connections;
  guint batch;  /* cases after which all that was seen is entered into the log */
  guint deaths; /* of one product in one repetition, after which it is not started again */
} AkRangeLimits;

typedef struct {
  char *name;
  json_t *document;    /* the checked file, as it is entered into the log */
  char *path, *folder; /* of the range file, and the folder that it is in, absolute; or NULL */
  GPtrArray *products; /* of AkRangeProduct */
  GPtrArray *corpora;  /* of AkEffectCorpus */
  bool has_target;     /* kind http: the weak application stands behind the products */
  guint repetitions;
  guint64 seed;
  guint64 traffic_a_day; /* 0: not stated */
  AkRangeLimits limits;
} AkRange;

AkRange *ak_range_new(void);
void ak_range_free(AkRange *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(AkRange, ak_range_free)

/* Is there one of that id? */
bool ak_range_has_case(const AkRange *self, const char *id);
bool ak_range_has_product(const AkRange *self, const char *id);

AkRangeProduct *ak_range_product_new(void);
void ak_range_product_free(AkRangeProduct *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(AkRangeProduct, ak_range_product_free)
void ak_range_file_free(AkRangeFile *self);
void ak_range_value_free(AkRangeValue *self);

extern const AkRangeLimits ak_range_default_limits;
