/* A problem of a person's file: where it is, what is wrong and how to mend it, in both languages. */
#pragma once

#include "util/text.h"

#define AK_PROBLEMS_MAX 200 /* more are not read by anyone; the list says that there are more */

typedef struct {
  guint line, column; /* from 1 */
  char *member;       /* "port" */
  char *value;        /* as written, shortened; NULL where the value is not the matter */
  char *id;           /* text "problem.ID": what is wrong, and the remedy */
  char *hint;         /* what the text's %s stands for; "" where it has none */
} AkProblem;

/* An empty list: GPtrArray of AkProblem. */
GPtrArray *ak_problems_new(void);

/* Copies its texts; `value` may be NULL. Above AK_PROBLEMS_MAX nothing is added. */
void ak_problems_add(GPtrArray *problems, guint line, guint column, const char *member,
                     const char *value, const char *id, const char *hint);

/* By place, so that the order does not show how the file was checked. */
void ak_problems_sort(GPtrArray *problems);

/* "WHERE:LINE:COLUMN: member: "value": what is wrong; remedy". Caller frees. */
char *ak_problem_format(const AkProblem *self, const char *where, AkLang lang);

/* All of them, a line each, without a newline at the end. Caller frees. */
char *ak_problems_format(const GPtrArray *problems, const char *where, AkLang lang);
