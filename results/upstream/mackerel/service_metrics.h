#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "results/upstream/mackerel/api.h"
#include "results/upstream/mackerel/check_book.h"
#include "results/upstream/mackerel/minute.h"

namespace gaikei::mackerel {

/// Mackerel's service metrics API: values of a service, by name and time. A second value of the
/// same name and time takes the place of the first. What is older than a day is answered 200 and
/// thrown away.

struct MetricValue {
  std::string name;
  Minute minute = 0;  ///< its start is the value's time
  double value = 0;
};

/// Which families of metrics there are.
struct MetricFamilies {
  bool has_durations = true;    ///< "histograms" is not dropped
  bool has_certificate = true;  ///< "latest" is not dropped
};

/// Values of one minute and one check at most.
inline constexpr std::size_t kValuesPerMinute = 12;

/// The values of a check's minute, where it has one. What could not be seen has no value: no
/// availability without a look that could be judged. `stem`: see MetricStem().
void AppendMinute(const CheckBook& book, Minute minute, std::string_view stem,
                  const MetricFamilies& families, std::vector<MetricValue>& out);
/// Those of them that are over the hour that ends with that minute.
void AppendHour(const CheckBook& book, Minute minute, std::string_view stem,
                const MetricFamilies& families, std::vector<MetricValue>& out);

/// The call that posts them.
ApiCall PostServiceMetrics(std::string_view service, std::span<const MetricValue> values);

}  // namespace gaikei::mackerel
