#pragma once

#include <cstdint>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "results/reason.h"
#include "results/spool/sample.h"
#include "results/upstream/mackerel/api.h"
#include "results/upstream/upstream_spec.h"

namespace gaikei::mackerel {

/// Mackerel's check monitoring API: what became of a check, as a report of a host. Of the reports
/// of one name on one host those count that are newer than all before; what is more than six hours
/// late is ignored.
struct CheckReport {
  /// In one call.
  static constexpr std::size_t kPerCall = 100;
  /// "Under 1024 characters".
  static constexpr std::size_t kMessageLimit = 1023;

  std::string name;  ///< see ReportName()
  Status status = Status::kUnknown;
  std::string message;
  WallTime at{};                 ///< when it was over
  std::int64_t occurred_at = 0;  ///< what is sent, Unix seconds: as a rule that of `at`
};

/// One line of words: "fail in 31ms: connect_refused in connect at 192.0.2.1: ...".
std::string ReportMessageOf(const Sample& sample);

/// Of the reports of each name, in order: of those within one second the last; of those that are OK
/// and follow one that is OK only the very last. So every change and every failure is left, which
/// `maxCheckAttempts` counts, and the newest. `ok_before`: names whose last report was OK.
std::vector<CheckReport> Thinned(std::vector<CheckReport> reports,
                                 const std::set<std::string>& ok_before);

/// The call that posts them for that host. REQUIRES: at most kPerCall.
ApiCall PostCheckReports(std::string_view host_id, std::span<const CheckReport> reports,
                         const MackerelSpec& spec);

}  // namespace gaikei::mackerel
