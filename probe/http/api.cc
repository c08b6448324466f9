#include "probe/http/api.h"

#include <charconv>

#include "probe/http/heartbeat_request.h"
#include "results/exposition.h"
#include "results/json.h"
#include "results/text.h"

namespace gaikei {
namespace {

constexpr std::size_t kDefaultLimit = 100;
constexpr std::size_t kMaxLimit = 100'000;

std::string Dump(const OrderedJson& json) { return JsonText(json) + "\n"; }

HttpResponse JsonError(int status, const std::string& message) {
  return {status, "application/json", Dump({{"error", message}})};
}

std::string Parameter(const HttpRequest& request, const char* name) {
  const auto found = request.query.find(name);
  return found == request.query.end() ? "" : found->second;
}

/// `since`: an instant (RFC 3339), Unix seconds, or a span back from now ("15m").
std::optional<WallTime> ParseSince(const std::string& text) {
  if (auto time = ParseRfc3339(text)) return time;
  if (auto span = ParseDuration(text)) return WallNow() - *span;
  double seconds = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  if (error != std::errc() || end != text.data() + text.size() || seconds < 0 || seconds > 9e9) {
    return std::nullopt;
  }
  return WallTime(std::chrono::duration_cast<Span>(std::chrono::duration<double>(seconds)));
}

/// A route that ends in a slash takes one more segment, which is not empty.
bool Matches(std::string_view route, std::string_view path) {
  if (!route.ends_with('/')) return route == path;
  return path.size() > route.size() && path.starts_with(route) &&
         path.find('/', route.size()) == std::string_view::npos;
}

OrderedJson ToJson(const CheckIdentity& check, const std::string& region) {
  OrderedJson labels = OrderedJson::object();
  for (const auto& [name, value] : check.labels) labels[name] = value;
  return {{"check", check.name},
          {"kind", check.kind},
          {"region", region},
          {"target", check.target},
          {"labels", std::move(labels)}};
}

}  // namespace

/// Deny by default: a request that matches no row is refused before any handler sees it.
struct Api::Route {
  std::string_view method;  ///< GET serves HEAD too
  std::string_view path;    ///< one that ends in a slash has a name behind it
  HttpResponse (Api::*handler)(const HttpRequest&);
};

const Api::Route Api::kRoutes[] = {
    {"GET", "/metrics", &Api::Metrics},
    {"GET", "/healthz", &Api::Health},
    {"GET", "/readyz", &Api::Ready},
    {"GET", "/api/v1/checks", &Api::Checks},
    {"GET", "/api/v1/outcomes", &Api::Outcomes},
    {"POST", "/-/reload", &Api::Reload},
    {"POST", kHeartbeatPath, &Api::Heartbeat},
};

Api::Api(Recorder& recorder, MetricStore& metrics, Hooks hooks)
    : recorder_(recorder),
      metrics_(metrics),
      hooks_(std::move(hooks)),
      checks_(std::make_shared<const std::vector<CheckListing>>()) {}

void Api::SetChecks(std::vector<CheckListing> checks) {
  auto fresh = std::make_shared<const std::vector<CheckListing>>(std::move(checks));
  const std::lock_guard lock(mutex_);
  checks_ = std::move(fresh);
}

HttpResponse Api::Handle(const HttpRequest& request) {
  std::string_view method = request.method;
  if (method == "HEAD") method = "GET";
  for (const Route& route : kRoutes) {
    if (!Matches(route.path, request.path)) continue;
    if (route.method == method) return (this->*route.handler)(request);
    return {405, "text/plain; charset=utf-8", "method not allowed\n",
            route.method == "GET" ? "GET, HEAD" : std::string(route.method)};
  }
  return {404, "text/plain; charset=utf-8", "not found\n"};
}

HttpResponse Api::Metrics(const HttpRequest& request) {
  hooks_.refresh_metrics();
  const MetricFormat format = NegotiateFormat(request.accept);
  return {200, std::string(ContentType(format)), metrics_.Render(format)};
}

HttpResponse Api::Health(const HttpRequest&) { return {200, "text/plain; charset=utf-8", "ok\n"}; }

HttpResponse Api::Ready(const HttpRequest&) {
  if (hooks_.is_ready()) return {200, "text/plain; charset=utf-8", "ready\n"};
  return {503, "text/plain; charset=utf-8", "not ready\n"};
}

HttpResponse Api::Checks(const HttpRequest&) {
  std::shared_ptr<const std::vector<CheckListing>> checks;
  {
    const std::lock_guard lock(mutex_);
    checks = checks_;
  }
  OrderedJson list = OrderedJson::array();
  for (const CheckListing& check : *checks) {
    const WallTime next = SlotTime(check.grid, FirstSlotAtOrAfter(check.grid, WallNow()));
    OrderedJson& row = list.emplace_back(ToJson(*check.identity, check.region));
    row["every"] = Seconds(check.grid.every);
    row["timeout"] = Seconds(check.timeout);
    row["phase"] = Seconds(check.grid.phase);
    row["next_at"] = FormatRfc3339(next);
  }
  for (const HeartbeatState& heartbeat : hooks_.heartbeats()) {
    OrderedJson& row = list.emplace_back(ToJson(*heartbeat.identity, heartbeat.region));
    row["every"] = Seconds(heartbeat.every);
    row["grace"] = Seconds(heartbeat.grace);
    if (heartbeat.last_at) row["last_at"] = FormatRfc3339(*heartbeat.last_at);
    row["late_at"] = FormatRfc3339(heartbeat.late_at);
  }
  return {200, "application/json", Dump({{"checks", std::move(list)}})};
}

HttpResponse Api::Outcomes(const HttpRequest& request) {
  OutcomeQuery query;
  query.check = Parameter(request, "check");
  query.region = Parameter(request, "region");
  query.limit = kDefaultLimit;
  if (const auto text = Parameter(request, "status"); !text.empty()) {
    query.status = ParseStatus(text);
    if (!query.status) return JsonError(400, "status is pass, warn, fail or unknown");
  }
  if (const auto text = Parameter(request, "since"); !text.empty()) {
    query.since = ParseSince(text);
    if (!query.since)
      return JsonError(400, "since is an RFC 3339 time, Unix seconds or a duration");
  }
  if (const auto text = Parameter(request, "limit"); !text.empty()) {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), query.limit);
    if (error != std::errc() || end != text.data() + text.size() || query.limit < 1 ||
        query.limit > kMaxLimit) {
      return JsonError(400, "limit is a number from 1 to 100000");
    }
  }
  for (const auto& [name, value] : request.query) {
    if (name != "check" && name != "region" && name != "status" && name != "since" &&
        name != "limit") {
      return JsonError(400, "unknown parameter " + Escape(name, 64));
    }
  }
  // The recorder keeps finished JSON: it is put together, not parsed again.
  std::string body = "{\"outcomes\":[";
  bool first = true;
  for (const std::string& outcome : recorder_.Query(query)) {
    if (!first) body += ',';
    first = false;
    body += outcome;
  }
  body += "]}\n";
  return {200, "application/json", std::move(body)};
}

HttpResponse Api::Reload(const HttpRequest&) {
  const std::string errors = hooks_.reload();
  if (errors.empty()) return {200, "text/plain; charset=utf-8", "reloaded\n"};
  return {500, "text/plain; charset=utf-8", "the configuration was not taken over:\n" + errors};
}

HttpResponse Api::Heartbeat(const HttpRequest& request) {
  // Judged first, so that what is wrong with a request tells nothing of the name in it.
  const auto report = ParseHeartbeat(request);
  if (!report) return JsonError(400, report.error());
  switch (hooks_.report(std::string_view(request.path).substr(kHeartbeatPath.size()),
                        BearerToken(request.authorization), *report)) {
    case ReportAnswer::kTaken:
      return {200, "application/json", Dump({{"ok", true}})};
    case ReportAnswer::kRefused:
      return JsonError(401, "no such heartbeat, or the token is not the right one");
    case ReportAnswer::kUnknown:
      break;
  }
  return JsonError(404, "no such heartbeat");
}

}  // namespace gaikei
