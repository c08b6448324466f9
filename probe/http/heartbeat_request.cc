#include "probe/http/heartbeat_request.h"

#include <charconv>
#include <cmath>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include "results/ascii.h"
#include "results/http_text.h"
#include "results/json.h"
#include "results/text.h"

namespace gaikei {
namespace {

using Fields = std::map<std::string, std::string>;
using Refused = tl::unexpected<std::string>;

constexpr double kLongestSeconds = 366.0 * 24 * 3600;

std::string_view Trimmed(std::string_view text) {
  constexpr std::string_view kBlank = " \t\r\n";
  const auto first = text.find_first_not_of(kBlank);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlank) - first + 1);
}

/// Empty when `fields` has them all; else what is wrong.
std::string AddForm(std::string_view body, Fields& fields) {
  while (!body.empty()) {
    const std::string_view pair = body.substr(0, body.find('&'));
    body.remove_prefix(std::min(pair.size() + 1, body.size()));
    if (pair.empty()) continue;
    const auto equals = std::min(pair.find('='), pair.size());
    const std::string name = FormDecoded(pair.substr(0, equals));
    const std::string value = FormDecoded(pair.substr(std::min(equals + 1, pair.size())));
    if (!fields.emplace(name, value).second) return Escape(name, 64) + " is given twice";
  }
  return "";
}

std::string AddJson(std::string_view body, Fields& fields) {
  std::set<std::string> names;
  std::optional<std::string> repeated;
  const auto look = [&](int depth, Json::parse_event_t event, Json& name) {
    if (event == Json::parse_event_t::key && depth == 1 && !names.insert(name).second) {
      repeated = name.get<std::string>();
    }
    return true;
  };
  const Json json = ParseJson(body, look);
  if (!json.is_object()) return "the body is no JSON object";
  if (repeated) return Escape(*repeated, 64) + " is given twice";
  for (const auto& [name, value] : json.items()) {
    std::string text;
    if (value.is_string()) {
      text = value.get<std::string>();
    } else if (value.is_number() && name == "duration") {
      text = JsonText(value);
    } else {
      return Escape(name, 64) + " is of the wrong type";
    }
    if (!fields.emplace(name, std::move(text)).second) return Escape(name, 64) + " is given twice";
  }
  return "";
}

std::optional<Span> ParseJobDuration(const std::string& text) {
  double seconds = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  if (error == std::errc() && end == text.data() + text.size()) {
    if (!(seconds >= 0 && seconds <= kLongestSeconds)) return std::nullopt;
    return std::chrono::duration_cast<Span>(std::chrono::duration<double>(seconds));
  }
  const auto span = ParseDuration(text);
  return span && Seconds(*span) <= kLongestSeconds ? span : std::nullopt;
}

tl::expected<HeartbeatReport, std::string> FromFields(Fields fields) {
  HeartbeatReport report;
  if (auto status = fields.extract("status")) {
    report.is_ok = status.mapped() == "ok";
    if (!report.is_ok && status.mapped() != "fail") {
      return Refused(std::string("status is ok or fail"));
    }
  }
  if (auto duration = fields.extract("duration")) {
    report.duration = ParseJobDuration(duration.mapped());
    if (!report.duration) {
      return Refused(
          std::string("duration is a span (\"12.5s\") or a number of seconds, at most "
                      "366 days"));
    }
  }
  if (auto message = fields.extract("message")) report.message = std::move(message.mapped());
  if (!fields.empty()) return Refused("unknown parameter " + Escape(fields.begin()->first, 64));
  return report;
}

}  // namespace

tl::expected<HeartbeatReport, std::string> ParseHeartbeat(const HttpRequest& request) {
  if (!request.repeated.empty()) return Refused(Escape(request.repeated, 64) + " is given twice");
  Fields fields = request.query;
  const std::string_view body = Trimmed(request.body);
  // What it is decides, not Content-Type, which curl -d gets wrong for JSON.
  const bool is_json = body.starts_with('{') || body.starts_with('[') || body.starts_with('"');
  if (std::string wrong = is_json ? AddJson(body, fields) : AddForm(body, fields); !wrong.empty()) {
    return Refused(std::move(wrong));
  }
  return FromFields(std::move(fields));
}

std::string_view BearerToken(std::string_view authorization) {
  constexpr std::string_view kScheme = "bearer ";
  if (LowerCase(authorization.substr(0, kScheme.size())) != kScheme) return {};
  return Trimmed(authorization.substr(kScheme.size()));
}

}  // namespace gaikei
