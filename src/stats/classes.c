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

static int compare_placed(gconstpointer a, gconstpointer b) {
  const AkScored *left = a, *right = b;
  return (left->group > right->group) - (left->group < right->group);
}

static void sort_list(AkScoredList *list, bool by_group) {
  if (list->sort != NULL)
    list->sort(list->data, list->cases, list->count, by_group);
  else if (list->count > 1)
    qsort(list->cases, list->count, sizeof *list->cases, by_group ? compare_placed : compare_scores);
}

/* Cases of one score in a sorted list. */
typedef struct {
  gsize begin, end;
  guint64 attacks, others; /* among them */
} Tie;

/* The next one; false behind the last. Begin with zeros. */
static bool next_tie(const AkScoredList *list, Tie *tie) {
  *tie = (Tie){.begin = tie->end, .end = tie->end};
  while (tie->end < list->count && list->cases[tie->end].score >= list->cases[tie->begin].score) {
    tie->attacks += list->cases[tie->end].attack;
    tie->others += !list->cases[tie->end].attack;
    tie->end++;
  }
  return tie->end > tie->begin;
}

static gsize count_attacks(const AkScoredList *list) {
  gsize attacks = 0;
  for (gsize i = 0; i < list->count; i++)
    attacks += list->cases[i].attack;
  return attacks;
}

static gsize count_ties(const AkScoredList *list) {
  gsize count = 0;
  for (Tie tie = {0}; next_tie(list, &tie);)
    count++;
  return count;
}

GArray *ak_stats_roc(AkScoredList *list, guint most) {
  gsize attacks = count_attacks(list), hits = 0, alarms = 0, number = 0;
  if (attacks == 0 || attacks == list->count)
    return NULL;
  sort_list(list, false);
  gsize step = most > 0 ? MAX(1, (count_ties(list) + most - 1) / most) : 1;
  GArray *roc = g_array_new(FALSE, FALSE, sizeof(AkRocPoint));
  AkRocPoint start = {.threshold = INFINITY};
  g_array_append_val(roc, start);
  for (Tie tie = {0}; next_tie(list, &tie);) {
    hits += tie.attacks;
    alarms += tie.others;
    AkRocPoint point = {list->cases[tie.begin].score, (double)hits / (double)attacks,
                        (double)alarms / (double)(list->count - attacks)};
    if (++number % step == 0 || tie.end == list->count)
      g_array_append_val(roc, point);
  }
  return roc;
}

/* Of a sorted list: pairs that the attack wins, ties half, of all pairs. */
static double area_of(const AkScoredList *list, double attacks, double others) {
  double won = 0, hits = 0;
  for (Tie tie = {0}; next_tie(list, &tie);) {
    won += (double)tie.others * (hits + (double)tie.attacks / 2);
    hits += (double)tie.attacks;
  }
  return share(won, attacks * others);
}

double ak_stats_auc(AkScoredList *list) {
  double attacks = (double)count_attacks(list);
  sort_list(list, false);
  return area_of(list, attacks, (double)list->count - attacks);
}

/* In the place of each score: among the others, the share that it beats, as far as that is from the
 * mean. */
static void place(AkScoredList *list, double area, double attacks, double others) {
  double hits = 0, alarms = 0;
  for (Tie tie = {0}; next_tie(list, &tie);) {
    double beaten = (others - alarms - (double)tie.others / 2) / others;
    double lost = (hits + (double)tie.attacks / 2) / attacks;
    hits += (double)tie.attacks;
    alarms += (double)tie.others;
    for (gsize i = tie.begin; i < tie.end; i++)
      list->cases[i].score = (list->cases[i].attack ? beaten : lost) - area;
  }
}

/* What the cases of a group add, and sums of that over all groups. */
typedef struct {
  double attack, other;
  bool has_attack, has_other;
} Group;

typedef struct {
  double of_attacks, of_others, of_both, with_attack, with_other, groups;
} Sums;

static void add_group(Sums *sums, const Group *group) {
  sums->of_attacks += group->attack * group->attack;
  sums->of_others += group->other * group->other;
  sums->of_both += group->attack * group->other;
  sums->with_attack += group->has_attack;
  sums->with_other += group->has_other;
  sums->groups++;
}

/* Of a list that is sorted by group. */
static Sums sum_groups(const AkScoredList *list) {
  Sums sums = {0};
  for (gsize i = 0; i < list->count;) {
    Group group = {0};
    for (guint32 name = list->cases[i].group; i < list->count && list->cases[i].group == name; i++) {
      const AkScored *one = &list->cases[i];
      *(one->attack ? &group.attack : &group.other) += one->score;
      *(one->attack ? &group.has_attack : &group.has_other) = true;
    }
    add_group(&sums, &group);
  }
  return sums;
}

static double variance_of(const Sums *sums, double attacks, double others) {
  if (sums->with_attack < 2 || sums->with_other < 2)
    return NAN;
  return sums->of_attacks * sums->with_attack / (sums->with_attack - 1) / (attacks * attacks) +
         sums->of_others * sums->with_other / (sums->with_other - 1) / (others * others) +
         2 * sums->of_both * sums->groups / (sums->groups - 1) / (attacks * others);
}

/* An area of 1 has no variance to be seen. Were it A, so many pairs of an attack and a harmless case, each of groups of
 * its own, would all stand the right way round with a chance of A to that power at most. */
static AkInterval end_interval(const Sums *sums, bool is_upper, double confidence) {
  double pairs = fmin(fmin(sums->with_attack, sums->with_other), floor(sums->groups / 2));
  double reach = pow((1 - confidence) / 2, 1 / pairs);
  if (pairs < 1)
    return (AkInterval){NAN, NAN};
  return is_upper ? (AkInterval){reach, 1} : (AkInterval){0, 1 - reach};
}

AkInterval ak_stats_auc_interval(AkScoredList *list, double confidence, double *standard_error) {
  double attacks = (double)count_attacks(list), others = (double)list->count - attacks;
  double area = ak_stats_auc(list);
  AkInterval none = {NAN, NAN};
  *standard_error = NAN;
  if (isnan(area))
    return none;
  place(list, area, attacks, others);
  sort_list(list, true);
  Sums sums = sum_groups(list);
  double error = sqrt(variance_of(&sums, attacks, others));
  *standard_error = error;
  if (area <= 0 || area >= 1)
    return end_interval(&sums, area >= 1, confidence);
  if (isnan(error))
    return none;
  double logit = log(area / (1 - area)), z = -ak_stats_normal_quantile((1 - confidence) / 2);
  double half = z * error / (area * (1 - area));
  return (AkInterval){1 / (1 + exp(half - logit)), 1 / (1 + exp(-half - logit))};
}
