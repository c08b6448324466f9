#include "results/upstream/backoff.h"

#include <algorithm>

namespace gaikei {

Span Backoff::Next() {
  constexpr unsigned kDoublings = 6;  // beyond it the longest pause holds
  const Span whole = std::min(kFirst * (std::int64_t{1} << std::min(tries_, kDoublings)), kLongest);
  ++tries_;
  std::uniform_int_distribution<std::int64_t> jitter(whole.count() / 2, whole.count());
  return Span(jitter(random_));
}

}  // namespace gaikei
