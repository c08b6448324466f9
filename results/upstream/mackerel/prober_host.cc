#include "results/upstream/mackerel/prober_host.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "results/http_text.h"
#include "results/json.h"
#include "results/upstream/mackerel/names.h"
#include "results/upstream/mackerel/record.h"
#include "results/upstream/mackerel/short_text.h"

namespace gaikei::mackerel {
namespace {

constexpr std::int64_t kHostLayout = 1;
constexpr std::size_t kIdLimit = 64;
constexpr std::size_t kMemoLimit = 250;
constexpr std::string_view kHosts = "/api/v0/hosts";
/// Without them Mackerel looks among those that are working or standby alone.
constexpr std::string_view kEveryStatus =
    "status=working&status=standby&status=maintenance&status=poweroff";

/// It goes into paths: what else may stand there is no id of Mackerel's.
bool IsId(std::string_view id) {
  return !id.empty() && id.size() <= kIdLimit && std::all_of(id.begin(), id.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
  });
}

std::string IdIn(const OrderedJson& json) {
  if (!json.is_object() || !json.contains("id") || !json["id"].is_string()) return "";
  std::string id = json["id"].get<std::string>();
  return IsId(id) ? id : "";
}

bool IsRetired(const OrderedJson& host) {
  return host.is_object() && host.contains("isRetired") && host["isRetired"] == true;
}

/// What went wrong with the host keeps the samples.
Verdict Kept(Verdict verdict) {
  if (verdict.kind == Verdict::Kind::kRefused || verdict.kind == Verdict::Kind::kTooLarge) {
    verdict.kind = Verdict::Kind::kForbidden;
  }
  return verdict;
}

Verdict Nonsense(std::string_view what) {
  Verdict verdict;
  verdict.kind = Verdict::Kind::kRetry;
  verdict.message = fmt::format("{}: the answer tells no host", what);
  return verdict;
}

}  // namespace

ProberHost::ProberHost(Api& api, LaneStates& states, const std::string& host_name,
                       const SenderIdentity& sender)
    : api_(api),
      states_(states),
      name_(host_name.empty() ? "gaikei-" + sender.region : host_name),
      identifier_("gaikei/" + name_),
      region_(sender.region),
      version_(sender.version) {}

std::string ProberHost::NameOf(const SampleSeries& series) const {
  return ReportName(series.check->name, series.region, region_);
}

void ProberHost::Load() {
  if (std::exchange(is_loaded_, true)) return;
  const auto bytes = states_.Load(0);
  if (!bytes) return;
  RecordReader in(*bytes);
  const std::int64_t layout = in.Number();
  const std::string name = in.Text();
  std::string id = in.Text();
  const bool is_listed = in.Number() != 0;
  List list;
  const std::size_t count = in.Count();
  for (std::size_t i = 0; i < count && in.ok(); ++i) {
    std::string check = in.Text();
    list.insert_or_assign(std::move(check), in.Text());
  }
  if (!in.IsDone() || layout != kHostLayout) return;
  list_ = std::move(list);
  // A host of another name is another one.
  if (name != name_ || !IsId(id)) return;
  id_ = std::move(id);
  if (is_listed) listed_ = list_;
}

void ProberHost::Add(const SampleSeries& series) {
  Load();
  std::string memo =
      Shortened(fmt::format("{} {}", series.check->kind, series.check->target), kMemoLimit);
  const std::string name = NameOf(series);
  const auto found = list_.find(name);
  if (found != list_.end() && found->second == memo) return;
  if (!before_) before_ = list_;
  list_.insert_or_assign(name, std::move(memo));
}

void ProberHost::Remove(const SampleSeries& series) {
  Load();
  const auto found = list_.find(NameOf(series));
  if (found == list_.end()) return;
  if (!before_) before_ = list_;
  list_.erase(found);
}

void ProberHost::Drop() {
  if (before_) list_ = std::move(*before_);
  before_.reset();
}

std::optional<LaneState> ProberHost::Keep() {
  if (!before_ && !is_changed_) return std::nullopt;
  before_.reset();
  is_changed_ = false;
  RecordWriter out;
  out.AddNumber(kHostLayout);
  out.AddText(name_);
  out.AddText(id_);
  out.AddNumber(listed_ == list_ ? 1 : 0);
  out.AddCount(list_.size());
  for (const auto& [check, memo] : list_) {
    out.AddText(check);
    out.AddText(memo);
  }
  return LaneState{0, out.Take()};
}

std::string ProberHost::BodyOf() const {
  OrderedJson checks = OrderedJson::array();
  for (const auto& [check, memo] : list_) checks.push_back({{"name", check}, {"memo", memo}});
  const OrderedJson body = {
      {"name", name_},
      {"customIdentifier", identifier_},
      {"meta", {{"agent-name", "gaikei/" + version_}, {"agent-version", version_}}},
      {"checks", std::move(checks)}};
  return JsonText(body);
}

void ProberHost::SetId(std::string id) {
  id_ = std::move(id);
  listed_.reset();
  is_changed_ = true;
}

void ProberHost::Ensure(Done done) {
  Load();
  if (id_.empty()) return Find(std::move(done));
  if (listed_ == list_) return done({});
  Update(std::move(done));
}

void ProberHost::Find(Done done) {
  ApiCall call;
  call.method = "GET";
  call.path =
      fmt::format("{}?customIdentifier={}&{}", kHosts, PercentEncoded(identifier_), kEveryStatus);
  call.what = "hosts";
  api_.Ask(std::move(call), [this, done = std::move(done)](const ApiAnswer& answer) {
    if (answer.verdict.kind != Verdict::Kind::kTaken) return done(Kept(answer.verdict));
    const OrderedJson json = ParseOrderedJson(answer.body);
    if (!json.is_object() || !json.contains("hosts") || !json["hosts"].is_array()) {
      return done(Nonsense("hosts"));
    }
    for (const OrderedJson& host : json["hosts"]) {
      const bool is_ours = host.is_object() && host.contains("customIdentifier") &&
                           host["customIdentifier"] == identifier_;
      std::string id = IdIn(host);
      if (!is_ours || IsRetired(host) || id.empty()) continue;
      SetId(std::move(id));
      return Update(done);
    }
    Register(done);
  });
}

void ProberHost::Register(Done done) {
  ApiCall call;
  call.path = kHosts;
  call.body = BodyOf();
  call.what = "registering host " + name_;
  api_.Ask(std::move(call), [this, list = list_, done = std::move(done)](const ApiAnswer& answer) {
    if (answer.verdict.kind != Verdict::Kind::kTaken) return done(Kept(answer.verdict));
    std::string id = IdIn(ParseOrderedJson(answer.body));
    if (id.empty()) return done(Nonsense("registering the host"));
    SetId(std::move(id));
    listed_ = list;
    done({});
  });
}

void ProberHost::Update(Done done) {
  ApiCall call;
  call.method = "PUT";
  call.path = fmt::format("{}/{}", kHosts, id_);
  call.body = BodyOf();
  call.what = "host " + name_;
  api_.Ask(std::move(call), [this, list = list_, done = std::move(done)](const ApiAnswer& answer) {
    if (answer.status == 404) {
      SetId("");
      return Register(done);
    }
    if (answer.verdict.kind != Verdict::Kind::kTaken) return done(Kept(answer.verdict));
    listed_ = list;
    is_changed_ = true;
    done({});
  });
}

void ProberHost::LookAgain(Found found) {
  ApiCall call;
  call.method = "GET";
  call.path = fmt::format("{}/{}", kHosts, id_);
  call.what = "host " + name_;
  api_.Ask(std::move(call), [this, found = std::move(found)](const ApiAnswer& answer) {
    const bool is_known = answer.verdict.kind == Verdict::Kind::kTaken;
    const OrderedJson json = is_known ? ParseOrderedJson(answer.body) : OrderedJson();
    const bool is_gone = answer.status == 404 ||
                         (json.is_object() && json.contains("host") && IsRetired(json["host"]));
    if (is_gone) SetId("");
    found(is_gone ? Verdict() : Kept(answer.verdict), is_gone);
  });
}

}  // namespace gaikei::mackerel
