/* What a client receives of a run: reports and the proof bundle, made from the log. */
#pragma once

#include "app/verdict.h"

typedef struct {
  GStrv reports; /* paths: report.en.html, report.ja.html, report.json */
  char *bundle;  /* path: RUN.bundle */
} AkDelivery;
void ak_delivery_clear(AkDelivery *self);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(AkDelivery, ak_delivery_clear)

/* Writes them into the run's folder; the same log gives the same bytes. `first_record` as in
 * AkProofOptions. */
bool ak_app_deliver(AkWorkspace *workspace, const char *run_id, guint64 first_record,
                    const char *rules_dir, AkDelivery *out, GError **error);
