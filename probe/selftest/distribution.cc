#include "probe/selftest/distribution.h"

#include <algorithm>
#include <cmath>

namespace gaikei::selftest {

Span Quantile(const std::vector<Span>& sorted, double share) {
  if (sorted.empty()) return Span::zero();
  const auto rank = static_cast<std::size_t>(std::ceil(share * static_cast<double>(sorted.size())));
  return sorted[std::clamp<std::size_t>(rank, 1, sorted.size()) - 1];
}

Distribution Distribute(std::vector<Span> spans) {
  if (spans.empty()) return {};
  std::sort(spans.begin(), spans.end());
  return {.count = spans.size(),
          .min = spans.front(),
          .p50 = Quantile(spans, 0.5),
          .p90 = Quantile(spans, 0.9),
          .p99 = Quantile(spans, 0.99),
          .max = spans.back()};
}

Span Within(const std::vector<Span>& spans) {
  std::vector<Span> sizes;
  sizes.reserve(spans.size());
  for (const Span span : spans) sizes.push_back(std::chrono::abs(span));
  std::sort(sizes.begin(), sizes.end());
  return Quantile(sizes, 0.99);
}

Span RoundUp(Span span) {
  constexpr Span::rep kTwoDigits = 100;
  Span::rep unit = 1;
  while (span.count() / unit >= kTwoDigits) unit *= 10;
  return Span((std::max<Span::rep>(span.count(), 0) + unit - 1) / unit * unit);
}

}  // namespace gaikei::selftest
