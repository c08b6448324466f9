#include "results/upstream/mackerel/check_report.h"

#include <fmt/format.h>

#include <chrono>
#include <map>
#include <string>
#include <utility>

#include "results/json.h"
#include "results/upstream/mackerel/short_text.h"

namespace gaikei::mackerel {
namespace {

std::string_view WordOf(Status status) {
  switch (status) {
    case Status::kPass:
      return "OK";
    case Status::kWarn:
      return "WARNING";
    case Status::kFail:
      return "CRITICAL";
    case Status::kUnknown:
      break;
  }
  return "UNKNOWN";
}

}  // namespace

std::string ReportMessageOf(const Sample& sample) {
  std::string text(Name(sample.latest.status));
  if (sample.latest.has_started) text += " in " + FormatDuration(sample.latest.duration);
  if (sample.reason != Reason::kNone) text.append(": ").append(Name(sample.reason));
  if (!sample.phase.empty()) text += " in " + sample.phase;
  if (!sample.address.empty()) text += " at " + sample.address;
  if (!sample.message.empty()) text += ": " + sample.message;
  return Shortened(text, CheckReport::kMessageLimit);
}

std::vector<CheckReport> Thinned(std::vector<CheckReport> reports,
                                 const std::set<std::string>& ok_before) {
  struct Last {
    std::size_t index = 0;     ///< of the newest that is left
    bool is_repeated = false;  ///< it is OK, as the one before it was
  };
  std::map<std::string, Last> last_of;
  std::vector<bool> is_left_out(reports.size(), false);
  for (std::size_t i = 0; i < reports.size(); ++i) {
    const bool repeats = reports[i].status == Status::kPass && ok_before.count(reports[i].name) > 0;
    const auto [found, is_first] = last_of.emplace(reports[i].name, Last{i, repeats});
    if (is_first) continue;
    Last& last = found->second;
    const CheckReport& before = reports[last.index];
    const bool is_same_second = reports[i].occurred_at == before.occurred_at;
    is_left_out[last.index] = is_same_second || last.is_repeated;
    // What takes the place of another in its second follows what that one followed.
    if (!is_same_second) {
      last.is_repeated = before.status == Status::kPass && reports[i].status == Status::kPass;
    } else if (reports[i].status != Status::kPass) {
      last.is_repeated = false;
    }
    last.index = i;
  }
  std::vector<CheckReport> left;
  for (std::size_t i = 0; i < reports.size(); ++i) {
    if (!is_left_out[i]) left.push_back(std::move(reports[i]));
  }
  return left;
}

ApiCall PostCheckReports(std::string_view host_id, std::span<const CheckReport> reports,
                         const MackerelSpec& spec) {
  OrderedJson list = OrderedJson::array();
  for (const CheckReport& report : reports) {
    OrderedJson one = {{"source", {{"type", "host"}, {"hostId", host_id}}},
                       {"name", report.name},
                       {"status", WordOf(report.status)},
                       {"message", report.message},
                       {"occurredAt", report.occurred_at}};
    if (spec.notification_interval > Span::zero()) {
      one["notificationInterval"] =
          std::chrono::ceil<std::chrono::minutes>(spec.notification_interval).count();
    }
    if (spec.max_check_attempts > 0) one["maxCheckAttempts"] = spec.max_check_attempts;
    list.push_back(std::move(one));
  }
  ApiCall call;
  call.path = "/api/v0/monitoring/checks/report";
  call.body = JsonText(OrderedJson({{"reports", std::move(list)}}));
  call.what = "check reports";
  return call;
}

}  // namespace gaikei::mackerel
