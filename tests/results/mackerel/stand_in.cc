#include "stand_in.h"

#include <fmt/format.h>
#include <re2/re2.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "results/http_text.h"

namespace gaikei::testing {
namespace {

using Json = nlohmann::json;
using Query = std::map<std::string, std::vector<std::string>>;

std::int64_t Seconds(WallTime at) {
  return std::chrono::floor<std::chrono::seconds>(at.time_since_epoch()).count();
}

PostResponse Reply(int status, const Json& body) {
  PostResponse response;
  response.status = status;
  response.headers = {{"content-type", "application/json"}};
  response.body = body.dump();
  return response;
}

PostResponse Error(int status, const std::string& message) {
  return Reply(status, {{"error", {{"message", message}}}});
}

Query QueryOf(const std::string& text) {
  Query query;
  std::size_t begin = 0;
  while (begin < text.size()) {
    const std::size_t end = std::min(text.find('&', begin), text.size());
    const std::string pair = text.substr(begin, end - begin);
    const std::size_t equals = pair.find('=');
    query[pair.substr(0, equals)].push_back(
        equals == std::string::npos ? "" : FormDecoded(pair.substr(equals + 1)));
    begin = end + 1;
  }
  return query;
}

std::string First(const Query& query, const std::string& name) {
  const auto found = query.find(name);
  return found == query.end() ? "" : found->second.front();
}

/// Units of UTF-16.
std::size_t Length(const std::string& text) {
  std::size_t units = 0;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if ((byte & 0xC0U) != 0x80U) units += byte >= 0xF0U ? 2 : 1;
  }
  return units;
}

/// Every key is known, every needed one is there.
bool HasKeys(const Json& json, const std::set<std::string>& needed,
             const std::set<std::string>& optional = {}) {
  if (!json.is_object()) return false;
  for (const auto& [key, value] : json.items()) {
    if (needed.count(key) + optional.count(key) == 0) return false;
  }
  return std::all_of(needed.begin(), needed.end(),
                     [&](const std::string& key) { return json.contains(key); });
}

}  // namespace

struct StandIn::Pending {
  PostRequest request;
  Done done;
  bool is_cancelled = false;
};

std::unique_ptr<Transport::Call> StandIn::Post(PostRequest request, Done done) {
  struct Handle final : Call {
    explicit Handle(std::shared_ptr<Pending> p) : pending(std::move(p)) {}
    ~Handle() override { pending->is_cancelled = true; }
    std::shared_ptr<Pending> pending;
  };
  auto pending = std::make_shared<Pending>();
  pending->request = std::move(request);
  pending->done = std::move(done);
  pending_.push_back(pending);
  return std::make_unique<Handle>(pending);
}

bool StandIn::Pump() {
  const bool waited = !pending_.empty();
  while (!pending_.empty()) {
    const std::shared_ptr<Pending> pending = pending_.front();
    pending_.pop_front();
    if (pending->is_cancelled) continue;
    PostResponse response = Answer(pending->request);
    if (loses_answer && loses_answer(pending->request)) {
      response = {};
      response.error = "connection reset by peer";
    }
    const Done done = std::move(pending->done);
    done(std::move(response));
  }
  return waited;
}

std::size_t StandIn::CountCalls(const std::string& beginning) const {
  return static_cast<std::size_t>(std::count_if(
      calls.begin(), calls.end(),
      [&](const std::string& call) { return call.compare(0, beginning.size(), beginning) == 0; }));
}

PostResponse StandIn::Complain(int status, const std::string& text) {
  complaints.push_back(text);
  return Error(status, text);
}

PostResponse StandIn::Answer(const PostRequest& request) {
  const std::string base = "https://api.mackerelio.com";
  if (request.url.compare(0, base.size() + 1, base + "/") != 0) {
    return Complain(404, "another server: " + request.url);
  }
  calls.push_back(request.method + " " + request.url.substr(base.size()));
  const unsigned calls_now = ++calls_by_minute[Seconds(now) / 60];
  if (fault) {
    if (auto answer = fault(request)) return *answer;
  }
  if (calls_now > quota) {
    ++over_quota;
    return Error(429, "too many requests");
  }
  std::map<std::string, std::vector<std::string>> headers;
  for (const auto& [name, value] : request.headers) {
    headers[name].emplace_back(value.Reveal());
  }
  if (headers["X-Api-Key"] != std::vector<std::string>{kKey}) {
    return Complain(403, "no such key");
  }
  const bool has_body = !request.body.empty();
  if (has_body && headers["Content-Type"] != std::vector<std::string>{"application/json"}) {
    return Complain(400, "a body of another type");
  }
  if (request.method == "GET" && has_body) return Complain(400, "GET with a body");
  return Route(request);
}

PostResponse StandIn::Route(const PostRequest& request) {
  const std::string rest = request.url.substr(std::string("https://api.mackerelio.com").size());
  const std::size_t mark = std::min(rest.find('?'), rest.size());
  const std::string path = rest.substr(0, mark);
  const Query query = mark == rest.size() ? Query() : QueryOf(rest.substr(mark + 1));
  const Json body = Json::parse(request.body, nullptr, false);
  if (request.method != "GET" && body.is_discarded()) return Complain(400, "no JSON");

  const std::string& method = request.method;
  std::string part;
  if (method == "POST" && RE2::FullMatch(path, R"(/api/v0/services/([^/]+)/tsdb)", &part)) {
    return TakePoints(PercentDecoded(part), body);
  }
  if (method == "POST" && path == "/api/v0/monitoring/checks/report") return TakeReports(body);
  if (method == "POST" && path == "/api/v0/hosts") return TakeHost("", body);
  if (method == "GET" && path == "/api/v0/hosts") return FindHosts(query);
  if (RE2::FullMatch(path, R"(/api/v0/hosts/([a-zA-Z0-9]+))", &part)) {
    if (hosts.count(part) == 0) return Error(404, "host not found");
    if (method == "PUT") return TakeHost(part, body);
    const Host& host = hosts[part];
    if (method == "GET") {
      return Reply(200,
                   {{"host", {{"id", part}, {"name", host.name}, {"isRetired", host.is_retired}}}});
    }
  }
  if (method == "POST" && path == "/api/v0/graph-annotations") return TakeAnnotation(body);
  if (method == "GET" && path == "/api/v0/graph-annotations") return FindAnnotations(query);
  return Complain(404, "no such call: " + method + " " + path);
}

PostResponse StandIn::TakePoints(const std::string& service, const Json& body) {
  if (services.count(service) == 0) return Error(404, "service not found");
  if (!body.is_array() || body.empty()) return Complain(400, "no list of values");
  if (body.size() > 1000) complaints.push_back("more than 1000 values at once");
  std::set<PointKey> seen;
  for (const Json& value : body) {
    if (!HasKeys(value, {"name", "time", "value"}) || !value["name"].is_string() ||
        !value["time"].is_number_integer() || !value["value"].is_number()) {
      return Complain(400, "no value: " + value.dump());
    }
    const std::string name = value["name"];
    const std::int64_t time = value["time"];
    if (!RE2::FullMatch(name, "[a-zA-Z0-9._-]+")) return Complain(400, "a name: " + name);
    if (!seen.emplace(name, time).second) complaints.push_back("twice in one call: " + name);
    if (time % 60 != 0) complaints.push_back("not the start of a minute: " + value.dump());
    if (time > Seconds(now)) complaints.push_back("in the future: " + value.dump());
  }
  for (const Json& value : body) {
    const PointKey key(value["name"], value["time"]);
    if (key.second < Seconds(now) - 86400) {
      complaints.push_back("older than a day: " + value.dump());
      continue;
    }
    points[key] = value["value"];
    writes[key].push_back(value["value"]);
  }
  return Reply(200, {{"success", true}});
}

void StandIn::CheckReport(const Json& report) {
  const std::string name = report["name"];
  const std::string host = report["source"]["hostId"];
  const std::int64_t time = report["occurredAt"];
  if (!RE2::FullMatch(name, "[a-zA-Z0-9_-]+")) complaints.push_back("a check's name: " + name);
  if (hosts[host].checks.count(name) == 0) complaints.push_back("a check not listed: " + name);
  if (Length(report["message"]) >= 1024) complaints.push_back("a message of 1024 or more");
  if (time < Seconds(now) - 6 * 3600) complaints.push_back("more than 6 h late: " + report.dump());
  if (time > Seconds(now) + 60) complaints.push_back("in the future: " + report.dump());
  if (report.contains("notificationInterval") && report["notificationInterval"] < 10) {
    complaints.push_back("an interval below 10 minutes");
  }
  if (report.contains("maxCheckAttempts") &&
      (report["maxCheckAttempts"] < 1 || report["maxCheckAttempts"] > 10)) {
    complaints.push_back("attempts beyond 1 to 10");
  }
}

PostResponse StandIn::TakeReports(const Json& body) {
  if (!HasKeys(body, {"reports"}) || !body["reports"].is_array()) {
    return Complain(400, "no reports");
  }
  if (body["reports"].empty()) return Complain(400, "no report at all");
  if (body["reports"].size() > 100) return Complain(400, "more than 100 reports");
  static const std::set<std::string> kStatuses = {"OK", "WARNING", "CRITICAL", "UNKNOWN"};
  for (const Json& report : body["reports"]) {
    if (!HasKeys(report, {"source", "name", "status", "message", "occurredAt"},
                 {"notificationInterval", "maxCheckAttempts"}) ||
        !HasKeys(report["source"], {"type", "hostId"}) || report["source"]["type"] != "host" ||
        !report["occurredAt"].is_number_integer() || kStatuses.count(report["status"]) == 0) {
      return Complain(400, "no report: " + report.dump());
    }
    const auto host = hosts.find(report["source"]["hostId"]);
    if (host == hosts.end() || host->second.is_retired) return Error(400, "host not found");
  }
  for (const Json& report : body["reports"]) {
    CheckReport(report);
    Report taken{report["source"]["hostId"],
                 report["name"],
                 report["status"],
                 report["message"],
                 report["occurredAt"],
                 {},
                 {}};
    if (report.contains("notificationInterval")) {
      taken.notification_interval = report["notificationInterval"];
    }
    if (report.contains("maxCheckAttempts")) taken.max_check_attempts = report["maxCheckAttempts"];
    const bool is_old = std::any_of(reports.begin(), reports.end(), [&](const Report& before) {
      return before.host == taken.host && before.name == taken.name &&
             before.occurred_at >= taken.occurred_at;
    });
    if (is_old) {
      ++ignored_reports;
    } else {
      reports.push_back(std::move(taken));
    }
  }
  return Reply(200, {{"success", true}});
}

PostResponse StandIn::TakeHost(const std::string& id, const Json& body) {
  if (!HasKeys(body, {"name", "meta"},
               {"displayName", "customIdentifier", "interfaces", "roleFullnames", "checks"}) ||
      !body["name"].is_string() || body["name"].get<std::string>().empty() ||
      !body["meta"].is_object()) {
    return Complain(400, "no host: " + body.dump());
  }
  Host host;
  host.name = body["name"];
  host.custom_identifier = body.value("customIdentifier", "");
  if (host.custom_identifier.empty()) complaints.push_back("a host without its identifier");
  for (const Json& check : body.value("checks", Json::array())) {
    if (!HasKeys(check, {"name"}, {"memo"})) return Complain(400, "no check: " + check.dump());
    if (!RE2::FullMatch(check["name"].get<std::string>(), "[a-zA-Z0-9_-]+")) {
      complaints.push_back("a check's name: " + check.dump());
    }
    if (!host.checks.insert(check["name"]).second) {
      complaints.push_back("a check listed twice: " + check.dump());
    }
  }
  for (const auto& [other_id, other] : hosts) {
    if (other_id != id && !other.is_retired && other.custom_identifier == host.custom_identifier) {
      complaints.push_back("a second host of that identifier");
    }
  }
  const std::string given = id.empty() ? fmt::format("4Hkc5RWz{}", next_id_++) : id;
  if (!id.empty()) host.is_retired = hosts[id].is_retired;
  hosts[given] = std::move(host);
  return Reply(200, {{"id", given}});
}

PostResponse StandIn::FindHosts(const Query& query) {
  Json found = Json::array();
  for (const auto& [id, host] : hosts) {
    if (host.is_retired) continue;
    if (query.count("name") > 0 && First(query, "name") != host.name) continue;
    if (query.count("customIdentifier") > 0 &&
        First(query, "customIdentifier") != host.custom_identifier) {
      continue;
    }
    found.push_back({{"id", id},
                     {"name", host.name},
                     {"customIdentifier", host.custom_identifier},
                     {"isRetired", false}});
  }
  return Reply(200, {{"hosts", found}});
}

PostResponse StandIn::TakeAnnotation(const Json& body) {
  if (!HasKeys(body, {"title", "from", "to", "service"}, {"description", "roles"}) ||
      !body["from"].is_number_integer() || !body["to"].is_number_integer()) {
    return Complain(400, "no annotation: " + body.dump());
  }
  Annotation taken{body["title"], body.value("description", ""), body["from"], body["to"],
                   body["service"]};
  if (Length(taken.title) > 250) return Complain(400, "a title of more than 250");
  if (Length(taken.description) > 1024) return Complain(400, "a description of more than 1024");
  if (taken.from > taken.to) return Complain(400, "it ends before it begins");
  if (services.count(taken.service) == 0) return Error(404, "service not found");
  for (const Annotation& before : annotations) {
    if (before.title == taken.title && before.from == taken.from) {
      complaints.push_back("annotated twice: " + taken.title);
    }
  }
  annotations.push_back(std::move(taken));
  return Reply(200, {{"id", fmt::format("2UdH1Qc{}", next_id_++)}});
}

PostResponse StandIn::FindAnnotations(const Query& query) {
  if (First(query, "service").empty() || First(query, "from").empty() ||
      First(query, "to").empty()) {
    return Complain(400, "a parameter is missing");
  }
  if (services.count(First(query, "service")) == 0) return Error(404, "service not found");
  const std::int64_t from = std::stoll(First(query, "from"));
  const std::int64_t to = std::stoll(First(query, "to"));
  Json found = Json::array();
  for (const Annotation& one : annotations) {
    if (one.service != First(query, "service") || one.from > to || one.to < from) continue;
    found.push_back(
        {{"title", one.title}, {"from", one.from}, {"to", one.to}, {"service", one.service}});
  }
  return Reply(200, {{"graphAnnotations", found}});
}

}  // namespace gaikei::testing
