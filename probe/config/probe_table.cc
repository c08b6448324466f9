#include "probe/config/probe_table.h"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <optional>

#include "checks/io/net/address.h"
#include "checks/kinds.h"
#include "probe/config/check_table.h"

namespace gaikei {
namespace {

constexpr std::int64_t kMostInFlight = 1'000'000;
constexpr double kLeastRate = 0.001;
constexpr std::array<std::string_view, 2> kSyncs = {"interval", "always"};

/// 0 lets the kernel choose.
std::optional<std::uint16_t> ParsePort(std::string_view text) {
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return port;
}

/// Empty for an address that may be listened on.
std::string WhyNoListen(const Node& node) {
  const std::string_view text = node.text;
  const std::size_t colon = text.rfind(':');
  const auto port =
      colon == std::string_view::npos ? std::nullopt : ParsePort(text.substr(colon + 1));
  const std::string_view host = text.substr(0, colon);
  const bool is_bracketed = host.starts_with('[') && host.ends_with(']');
  const auto address =
      host == "localhost" ? io::Address::Parse("127.0.0.1", 0) : io::Address::Parse(host, 0);
  if (!port || !address || is_bracketed != (address->family() == Family::kIpv6)) {
    return fmt::format("{} is no ADDRESS:PORT such as \"127.0.0.1:9115\" or \"[::1]:9115\"",
                       Assignment(node));
  }
  const std::string numeric = address->Text();
  if (numeric != "::1" && !numeric.starts_with("127.")) {
    return fmt::format(
        "{} is not a loopback address: that demands TLS and a token or client certificate, which "
        "the configuration does not give",
        Assignment(node));
  }
  return {};
}

void ReadKindLimits(TableReader& reader, LoadLimits& load) {
  const Node* table = reader.Take("max_in_flight_per_kind", NodeKind::kTable);
  if (table == nullptr) return;
  TableReader kinds(*table, reader.errors());
  for (const Kind& kind : AllKinds()) {
    if (kind.make == nullptr) continue;
    if (auto max = kinds.Integer(kind.name, 1, kMostInFlight)) {
      load.in_flight_per_kind.emplace(kind.name, static_cast<unsigned>(*max));
    }
  }
  kinds.Done();
}

void ReadLoadLimits(TableReader& reader, LoadLimits& load) {
  if (auto max = reader.Integer("max_in_flight", 1, kMostInFlight)) {
    load.in_flight = static_cast<unsigned>(*max);
  }
  if (auto max = reader.Integer("max_in_flight_per_host", 1, kMostInFlight)) {
    load.in_flight_per_host = static_cast<unsigned>(*max);
  }
  if (auto rate = reader.Number("max_rate_per_host", kLeastRate, kMostInFlight)) {
    load.rate_per_host = *rate;
  }
  ReadKindLimits(reader, load);
}

}  // namespace

std::string WhyNoShard(std::string_view what) {
  return fmt::format("{} is no shard such as \"3/8\": the third of eight, of {} at most", what,
                     Shard::kMaxCount);
}

ProbeConfig ReadProbe(const Node& table, ErrorList& errors) {
  ProbeConfig probe;
  TableReader reader(table, errors);
  if (auto region = reader.Line("region")) probe.region = *region;
  if (auto state_dir = reader.Line("state_dir")) probe.state_dir = *state_dir;
  if (const Node* listen = reader.Take("listen", NodeKind::kString)) {
    if (std::string why = listen->text.empty() ? std::string() : WhyNoListen(*listen);
        !why.empty()) {
      errors.Add(listen->position, std::move(why));
    }
    probe.listen = listen->text;
  }
  if (auto threads = reader.Integer("threads", 0, 1024)) {
    probe.threads = static_cast<unsigned>(*threads);
  }
  ReadLoadLimits(reader, probe.load);
  if (const Node* node = reader.Take("shard", NodeKind::kString)) {
    if (const auto shard = Shard::Parse(node->text)) {
      probe.shard = *shard;
    } else {
      errors.Add(node->position, WhyNoShard(Assignment(*node)));
    }
  }
  if (auto agent = reader.Line("user_agent")) probe.user_agent = *agent;
  if (auto sync = reader.OneOf("sync", kSyncs)) {
    probe.sync = *sync == "always" ? SpoolSync::kAlways : SpoolSync::kInterval;
  }
  reader.Done();
  return probe;
}

}  // namespace gaikei
