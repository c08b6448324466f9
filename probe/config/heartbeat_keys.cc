#include "probe/config/heartbeat_keys.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>

#include "probe/config/secrets.h"

namespace gaikei {
namespace {

using std::chrono::hours;
using std::chrono::seconds;

constexpr Span kShortestGrace = seconds(10);  // unless it is given
constexpr Span kLongestGrace = hours(366 * 24);
constexpr std::size_t kNameLimit = 128;
/// What an attempt needs, and a heartbeat makes none.
constexpr std::array<std::string_view, 8> kOfAttempts = {
    "timeout", "confirm", "confirm_counts", "family",
    "address", "resolve", "deny_private",   "allow_private"};

bool MayBeInName(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
         c == '_' || c == '-';
}

void ReadToken(TableReader& reader, CheckSpec& spec) {
  const Node* node = reader.Take("token");
  if (node == nullptr) return;
  auto token = TextOrSecret(*node, reader.errors());
  if (!token) return;
  const std::string_view text = token->Reveal();
  // It stands in a header field after "Bearer ".
  if (text.empty() ||
      std::any_of(text.begin(), text.end(), [](char c) { return c <= ' ' || c > '~'; })) {
    reader.errors().Add(node->position,
                        "token is empty, or has spaces, controls or characters beyond ASCII");
    return;
  }
  spec.heartbeat.token = Secret(std::string(text));
}

}  // namespace

void ReadHeartbeatKeys(TableReader& reader, CheckSpec& spec) {
  for (const std::string_view key : kOfAttempts) {
    if (const Node* node = reader.table().Find(key)) {
      reader.errors().Add(node->key_position,
                          fmt::format("{} is nothing for a heartbeat, which waits for reports and "
                                      "looks nowhere",
                                      key));
    }
  }
  spec.heartbeat.grace = reader.Duration("grace", Span::zero(), kLongestGrace)
                             .value_or(std::max(spec.every / 10, kShortestGrace));
  ReadToken(reader, spec);
}

tl::expected<std::string, std::string> HeartbeatNameOf(std::string_view target) {
  const std::string_view name = target.substr(target.find(':') + 1);
  if (name.starts_with("//")) {
    return tl::unexpected(std::string("write heartbeat:NAME, without slashes"));
  }
  if (name.empty() || name.size() > kNameLimit || name == "." || name == ".." ||
      !std::all_of(name.begin(), name.end(), MayBeInName)) {
    return tl::unexpected(
        fmt::format("a heartbeat's name is 1 to {} letters, digits and . _ -", kNameLimit));
  }
  return std::string(name);
}

void ReviewHeartbeats(std::span<const Node* const> tables, std::span<const CheckSpec> checks,
                      bool is_listening, ErrorList& errors) {
  std::map<std::string, std::string> owners;  // names of checks by name of their heartbeat
  for (std::size_t i = 0; i < tables.size(); ++i) {
    const CheckIdentity& check = *checks[i].identity;
    const Node* target = tables[i]->Find("target");
    if (check.kind != "heartbeat" || target == nullptr) continue;
    if (!is_listening) {
      errors.Add(target->position, "nobody can report while listen of [probe] is \"\"");
    }
    const auto name = HeartbeatNameOf(target->text);
    if (!name) continue;
    const auto [owner, is_new] = owners.emplace(*name, check.name);
    if (is_new) continue;
    errors.Add(target->position, fmt::format("heartbeat {} is already that of check {}",
                                             Quoted(*name), Quoted(owner->second)));
  }
}

}  // namespace gaikei
