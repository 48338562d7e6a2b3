/* PostgreSQL's client library (util/library.h). */
#pragma once

#include <libpq-fe.h>

#include "util/library.h"

#define AK_PQ_FUNCTIONS(X) \
  X(PQclear) \
  X(PQcmdStatus) \
  X(PQcmdTuples) \
  X(PQconnectdbParams) \
  X(PQconninfoFree) \
  X(PQconninfoParse) \
  X(PQerrorMessage) \
  X(PQexec) \
  X(PQexecPrepared) \
  X(PQfinish) \
  X(PQfname) \
  X(PQfreemem) \
  X(PQftype) \
  X(PQgetisnull) \
  X(PQgetlength) \
  X(PQgetvalue) \
  X(PQnfields) \
  X(PQntuples) \
  X(PQprepare) \
  X(PQresultErrorField) \
  X(PQresultStatus) \
  X(PQsetNoticeProcessor) \
  X(PQstatus)

typedef struct {
  AK_PQ_FUNCTIONS(AK_LIBRARY_MEMBER)
} AkPq;
extern AkPq ak_pq;

/* Before any of the functions is called; errors as ak_library_load. */
bool ak_pq_load(GError **error);

#define PQclear ak_pq.PQclear
#define PQcmdStatus ak_pq.PQcmdStatus
#define PQcmdTuples ak_pq.PQcmdTuples
#define PQconnectdbParams ak_pq.PQconnectdbParams
#define PQconninfoFree ak_pq.PQconninfoFree
#define PQconninfoParse ak_pq.PQconninfoParse
#define PQerrorMessage ak_pq.PQerrorMessage
#define PQexec ak_pq.PQexec
#define PQexecPrepared ak_pq.PQexecPrepared
#define PQfinish ak_pq.PQfinish
#define PQfname ak_pq.PQfname
#define PQfreemem ak_pq.PQfreemem
#define PQftype ak_pq.PQftype
#define PQgetisnull ak_pq.PQgetisnull
#define PQgetlength ak_pq.PQgetlength
#define PQgetvalue ak_pq.PQgetvalue
#define PQnfields ak_pq.PQnfields
#define PQntuples ak_pq.PQntuples
#define PQprepare ak_pq.PQprepare
#define PQresultErrorField ak_pq.PQresultErrorField
#define PQresultStatus ak_pq.PQresultStatus
#define PQsetNoticeProcessor ak_pq.PQsetNoticeProcessor
#define PQstatus ak_pq.PQstatus
