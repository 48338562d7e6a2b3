#include "stats/classes.h"

#include <math.h>
#include <stdlib.h>

static double share(double part, double whole) {
  return whole > 0 ? part / whole : NAN;
}

double ak_stats_precision(const AkConfusion *self) {
  return share((double)self->hit, (double)self->hit + (double)self->false_alarm);
}

double ak_stats_f1(const AkConfusion *self) {
  return share(2 * (double)self->hit,
               2 * (double)self->hit + (double)self->false_alarm + (double)self->miss);
}

double ak_stats_mcc(const AkConfusion *self) {
  double hit = (double)self->hit, miss = (double)self->miss;
  double alarm = (double)self->false_alarm, quiet = (double)self->quiet;
  double under = sqrt(hit + alarm) * sqrt(hit + miss) * sqrt(quiet + alarm) * sqrt(quiet + miss);
  return under > 0 ? (hit * quiet - alarm * miss) / under : NAN;
}

/* --- curves
 * ---------------------------------------------------------------------------------------- */

static int compare_scores(gconstpointer a, gconstpointer b) {
  const AkScored *left = a, *right = b;
  return (left->score < right->score) - (left->score > right->score);
}

static gsize count_attacks(const AkScored *cases, gsize count) {
  gsize attacks = 0;
  for (gsize i = 0; i < count; i++)
    attacks += cases[i].attack;
  return attacks;
}

GArray *ak_stats_roc(AkScored *cases, gsize count) {
  gsize attacks = count_attacks(cases, count), hits = 0, alarms = 0;
  if (attacks == 0 || attacks == count)
    return NULL;
  qsort(cases, count, sizeof *cases, compare_scores);
  GArray *roc = g_array_new(FALSE, FALSE, sizeof(AkRocPoint));
  AkRocPoint start = {.threshold = INFINITY};
  g_array_append_val(roc, start);
  for (gsize i = 0; i < count; i++) {
    hits += cases[i].attack;
    alarms += !cases[i].attack;
    AkRocPoint point = {cases[i].score, (double)hits / (double)attacks,
                        (double)alarms / (double)(count - attacks)};
    if (i + 1 == count || cases[i + 1].score < cases[i].score)
      g_array_append_val(roc, point);
  }
  return roc;
}

double ak_stats_auc(const GArray *roc) {
  double area = 0;
  for (guint i = 1; roc != NULL && i < roc->len; i++) {
    const AkRocPoint *from = &g_array_index(roc, AkRocPoint, i - 1),
                     *to = &g_array_index(roc, AkRocPoint, i);
    area += (to->false_alarm - from->false_alarm) * (to->hit + from->hit) / 2;
  }
  return roc != NULL ? area : NAN;
}

/* What the cases of a group add: how far each is placed from the mean. */
typedef struct {
  guint32 group;
  double attack, harmless;
  bool has_attack, has_harmless;
} Placed;

static int compare_placed(gconstpointer a, gconstpointer b) {
  const Placed *left = a, *right = b;
  return (left->group > right->group) - (left->group < right->group);
}

/* A row a case, of scores that are sorted highest first: among the others, the share that it beats.
 */
static Placed *place(const AkScored *cases, gsize count, double area) {
  Placed *placed = g_new0(Placed, count);
  double attacks = (double)count_attacks(cases, count), others = (double)count - attacks;
  double hits = 0, alarms = 0;
  for (gsize i = 0, end = 0; i < count; i = end) {
    double tied_attacks = 0, tied_others = 0;
    for (end = i; end < count && cases[end].score >= cases[i].score; end++) {
      tied_attacks += cases[end].attack;
      tied_others += !cases[end].attack;
    }
    for (gsize one = i; one < end; one++) {
      placed[one].group = cases[one].group;
      placed[one].has_attack = cases[one].attack;
      placed[one].has_harmless = !cases[one].attack;
      if (cases[one].attack)
        placed[one].attack = (others - alarms - tied_others / 2) / others - area;
      else
        placed[one].harmless = (hits + tied_attacks / 2) / attacks - area;
    }
    hits += tied_attacks;
    alarms += tied_others;
  }
  return placed;
}

/* Sums a group; returns their number. */
static gsize merge_groups(Placed *placed, gsize count) {
  gsize groups = 0;
  qsort(placed, count, sizeof *placed, compare_placed);
  for (gsize i = 0; i < count; i++) {
    if (groups == 0 || placed[groups - 1].group != placed[i].group) {
      placed[groups++] = placed[i];
      continue;
    }
    Placed *group = &placed[groups - 1];
    group->attack += placed[i].attack;
    group->harmless += placed[i].harmless;
    group->has_attack |= placed[i].has_attack;
    group->has_harmless |= placed[i].has_harmless;
  }
  return groups;
}

static double variance_of(const Placed *placed, gsize groups, double attacks, double others) {
  double of_attacks = 0, of_others = 0, of_both = 0, with_attack = 0, with_other = 0;
  for (gsize i = 0; i < groups; i++) {
    of_attacks += placed[i].attack * placed[i].attack;
    of_others += placed[i].harmless * placed[i].harmless;
    of_both += placed[i].attack * placed[i].harmless;
    with_attack += placed[i].has_attack;
    with_other += placed[i].has_harmless;
  }
  if (with_attack < 2 || with_other < 2)
    return NAN;
  double all = (double)groups;
  return of_attacks * with_attack / (with_attack - 1) / (attacks * attacks) +
         of_others * with_other / (with_other - 1) / (others * others) +
         2 * of_both * all / (all - 1) / (attacks * others);
}

AkInterval ak_stats_auc_interval(AkScored *cases, gsize count, double confidence,
                                 double *standard_error) {
  g_autoptr(GArray) roc = ak_stats_roc(cases, count);
  double area = ak_stats_auc(roc), attacks = (double)count_attacks(cases, count);
  AkInterval none = {NAN, NAN};
  *standard_error = NAN;
  if (roc == NULL)
    return none;
  g_autofree Placed *placed = place(cases, count, area);
  gsize groups = merge_groups(placed, count);
  double error = sqrt(variance_of(placed, groups, attacks, (double)count - attacks));
  *standard_error = error;
  if (isnan(error) || area <= 0 || area >= 1)
    return none;
  double logit = log(area / (1 - area)), z = -ak_stats_normal_quantile((1 - confidence) / 2);
  double half = z * error / (area * (1 - area));
  return (AkInterval){1 / (1 + exp(half - logit)), 1 / (1 + exp(-half - logit))};
}
