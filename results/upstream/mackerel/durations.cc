#include "results/upstream/mackerel/durations.h"

#include <algorithm>
#include <cstddef>
#include <numeric>

namespace gaikei::mackerel {

void Durations::Merge(const Durations& more) {
  exact.insert(exact.end(), more.exact.begin(), more.exact.end());
  folded.Merge(more.folded);
}

void Durations::Fold() {
  for (const Span duration : exact) folded.Add(duration);
  exact = {};
}

double Durations::Mean() const {
  const Span sum = std::accumulate(exact.begin(), exact.end(), folded.sum);
  return Seconds(sum) / static_cast<double>(Total());
}

double Durations::Max() const {
  Span max = folded.Total() > 0 ? folded.max : exact.front();
  for (const Span duration : exact) max = std::max(max, duration);
  return Seconds(max);
}

double Durations::Percentile(unsigned percent) const {
  if (folded.Total() > 0) {
    Durations all = *this;
    all.Fold();
    return all.folded.Quantile(percent / 100.0);
  }
  std::vector<Span> sorted = exact;
  const std::size_t rank = (sorted.size() * percent + 99) / 100;
  const auto nth = sorted.begin() + static_cast<std::ptrdiff_t>(rank == 0 ? 0 : rank - 1);
  std::nth_element(sorted.begin(), nth, sorted.end());
  return Seconds(*nth);
}

}  // namespace gaikei::mackerel
