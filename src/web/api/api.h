/* The REST API under /api/v1: what an operation is, what it gets and gives.
 *
 * An operation is a row of the table in operations.c and a handler; its words and schemas stand in
 * data/api/openapi.json, and a test holds the two against each other. Pure but for the workspace that
 * handlers read: the server (web/server.c) makes a call of a request and sends what comes back. */
#pragma once

#include "app/workspace.h"
#include "util/text.h"
#include "web/api/problem.h"

#define AK_API_ROOT "/api/v1"
#define AK_API_PREFIX "/api/"
#define AK_API_MAX_PATH 1024                     /* bytes; more is a 414 */
#define AK_API_MAX_QUERY 64                      /* parameters of one request */
#define AK_API_MAX_BODY (64ull * 1024 * 1024)    /* bytes of JSON; a run whose answer is longer gives a 500 */
#define AK_API_PAGE 50                           /* rows of a page where nothing is said */
#define AK_API_MAX_PAGE 200

/* --- what an operation declares ------------------------------------------------------------------ */

typedef enum {
  AK_API_TEXT,    /* min … max characters */
  AK_API_INTEGER, /* min … max */
  AK_API_CHOICE,  /* one of `choices` */
  AK_API_FLAG,    /* "true" or "false" */
  AK_API_DATE,    /* "2026-11-23" */
  AK_API_CURSOR,  /* what "next" of the page before said */
} AkApiType;

typedef struct {
  const char *name; /* NULL ends a list */
  AkApiType type;
  gint64 min, max;     /* TEXT, INTEGER */
  gint64 fallback;     /* INTEGER: where it is not given */
  const char *choices; /* "fail|pass" */
  bool required;
  guint least, most; /* how often it may stand, where that is more than once; 0: once at most */
} AkApiParameter;

typedef struct _AkApiRequest AkApiRequest;
typedef struct _AkApiResponse AkApiResponse;

/* Fills in the response. False with the response's problem set (ak_api_refuse), or with `error`:
 * NOT_FOUND → 404, CONFLICT → 409, CONFIG → 400, others → 500; a status that the operation does not
 * declare becomes 500. */
typedef bool (*AkApiHandler)(const AkApiRequest *request, AkApiResponse *response, GError **error);

typedef struct {
  const char *id;   /* operationId; NULL ends the table */
  const char *path; /* "/api/v1/runs/{run}" */
  const AkApiParameter *query; /* or NULL */
  const char *media;  /* what a 200 holds; NULL: the handler says */
  guint problems;     /* AK_PROBLEM_BIT of those beside AK_PROBLEMS_OF_ALL */
  AkApiHandler handler;
} AkApiOperation;

extern const AkApiOperation ak_api_operations[];

/* The operation of a path as it was sent, and what its {…} matched, decoded (caller frees); or NULL. */
const AkApiOperation *ak_api_find(const char *path, GStrv *parameters);

/* --- one call ------------------------------------------------------------------------------------- */

/* A parameter as it was sent, still percent-encoded; `value` may be NULL. */
typedef struct {
  const char *name, *value;
} AkApiPair;

/* Everything is borrowed; header fields are NULL where they were not sent. */
typedef struct {
  AkWorkspace *workspace;
  const char *method, *path;
  const AkApiPair *query;
  gsize query_count;
  const char *accept, *accept_language, *if_none_match;
  AkLang lang;      /* where the client asks for neither */
  int refused;      /* the door's AkApiProblem (UNAUTHORIZED, MISDIRECTED), or -1 */
} AkApiCall;

struct _AkApiRequest {
  AkWorkspace *workspace;
  AkLang lang;
  const AkApiOperation *operation;
  GStrv parameters;      /* what the path's {…} matched, in order */
  GHashTable *arguments; /* name → GStrv: checked values of the query */
};

struct _AkApiResponse {
  guint status;
  const char *media_type; /* static */
  GBytes *body;
  char *etag;            /* quoted, or NULL */
  char *download;        /* a file name offered to save, or NULL */
  const char *allow;     /* of a 405, or NULL; static */
  char *stream_run;      /* events of this run are to be sent instead of the body; or NULL */
  int problem;           /* AkApiProblem that the handler refuses with, or -1 */
  char *detail;          /* of the problem */
  char *parameter;       /* that the problem is about, or NULL */
};
void ak_api_response_clear(AkApiResponse *self);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(AkApiResponse, ak_api_response_clear)

/* Answers a call: always fills in the response. Any thread. */
void ak_api_answer(const AkApiCall *call, AkApiResponse *response);

/* As many streams as may be are open: the response says so instead. */
void ak_api_answer_busy(const AkApiCall *call, guint most, AkApiResponse *response);

/* Does a path belong to the API? */
bool ak_api_is_path(const char *path);

/* --- what handlers share -------------------------------------------------------------------------- */

/* Refuses with a problem whose detail is the text `detail_id` (a format). Returns false. */
bool ak_api_refuse(const AkApiRequest *request, AkApiResponse *response, AkApiProblem problem,
                   const char *detail_id, ...);

/* The response is this JSON (taken; an object) in canonical form. */
bool ak_api_json(AkApiResponse *response, json_t *taken, GError **error);
/* A page: {"items", "next"}; `next` is -1 after the last. Takes `items`. */
bool ak_api_page(AkApiResponse *response, json_t *items, gint64 next, GError **error);

/* Values of the query; the parameter must be declared. */
const char *ak_api_text(const AkApiRequest *request, const char *name); /* or NULL */
const char *const *ak_api_texts(const AkApiRequest *request, const char *name); /* or NULL */
gint64 ak_api_integer(const AkApiRequest *request, const char *name);
bool ak_api_flag(const AkApiRequest *request, const char *name);
gint64 ak_api_date(const AkApiRequest *request, const char *name, gint64 fallback_utc_us);
/* `fallback` where none was given. */
gint64 ak_api_cursor(const AkApiRequest *request, gint64 fallback);

/* One run with its records, or with its row alone; NULL with the problem set or `error`. */
AkRunView *ak_api_run(const AkApiRequest *request, AkApiResponse *response, GError **error);
AkRunRow *ak_api_run_row(const AkApiRequest *request, AkApiResponse *response, GError **error);
/* Likewise; a run without a verdict is refused with 409. */
AkRunView *ak_api_judged_run(const AkApiRequest *request, AkApiResponse *response, GError **error);
