#include "results/metric_families.h"

#include <algorithm>
#include <array>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "results/metrics.h"

namespace gaikei {
namespace {

constexpr MetricType kGauge = MetricType::kGauge;
constexpr MetricType kCounter = MetricType::kCounter;
constexpr MetricType kHistogram = MetricType::kHistogram;

/// A series with its labels put together once for all families.
struct Labelled {
  LabelSet labels;
  const CheckIdentity* check;
  const Latest* latest;
};

using LabelledRows = std::vector<Labelled>;

/// Names that a check's own labels must not take: they are ours in some family, or reserved.
bool IsTaken(std::string_view name) {
  constexpr std::array<std::string_view, 15> kOurs = {"serving_status",
                                                      "check",
                                                      "region",
                                                      "kind",
                                                      "target",
                                                      "phase",
                                                      "version",
                                                      "le",
                                                      "subject",
                                                      "issuer",
                                                      "status",
                                                      "serialnumber",
                                                      "reason",
                                                      "subjectalternative",
                                                      "step"};
  return name.starts_with("__") || name == "fingerprint_sha256" ||
         std::find(kOurs.begin(), kOurs.end(), name) != kOurs.end();
}

LabelledRows WithLabels(std::span<const MetricRow> rows) {
  LabelledRows labelled;
  labelled.reserve(rows.size());
  for (const MetricRow& row : rows) {
    labelled.push_back({LatestLabels(row), row.check, row.latest});
  }
  return labelled;
}

/// Writes a family with at most one sample a series: `value_of` gives it, or nothing.
template <class ValueOf>
void WriteGauge(MetricWriter& out, const LabelledRows& rows, const MetricFamily& family,
                const ValueOf& value_of) {
  out.Begin(family);
  for (const Labelled& row : rows) {
    if (const std::optional<double> value = value_of(*row.latest)) {
      out.Sample(row.labels, {}, *value);
    }
  }
}

std::optional<double> SuccessOf(const Latest& latest) {
  if (latest.status == Status::kUnknown) return std::nullopt;
  return latest.status == Status::kFail ? 0 : 1;
}

double UnixTime(WallTime time) {
  return static_cast<double>(
      std::chrono::duration_cast<std::chrono::seconds>(time.time_since_epoch()).count());
}

void WriteHttp(MetricWriter& out, const LabelledRows& rows) {
  out.Begin({"probe_http_duration_seconds", kGauge,
             "Duration of the latest HTTP request by phase, summed over all redirects", "seconds"});
  for (const Labelled& row : rows) {
    if (row.check->kind != "http") continue;
    for (std::size_t i = 0; i < kPhaseCount; ++i) {
      const auto& span = row.latest->phases[i];
      if (span) out.Sample(row.labels, {{"phase", Name(static_cast<Phase>(i))}}, Seconds(*span));
    }
  }
  const auto write = [&](std::string_view name, std::string_view help, auto value_of) {
    WriteGauge(out, rows, {name, kGauge, help, ""}, [&](const Latest& latest) {
      return latest.http ? std::optional<double>(value_of(*latest.http)) : std::nullopt;
    });
  };
  using Http = Latest::Http;
  write("probe_http_status_code", "Response HTTP status code",
        [](const Http& http) { return http.status; });
  write("probe_http_version", "Returns the version of HTTP of the probe response",
        [](const Http& http) { return http.version; });
  write("probe_http_redirects", "The number of redirects",
        [](const Http& http) { return static_cast<double>(http.redirects); });
  write("probe_http_content_length", "Length of http content response, -1 where it was not sent",
        [](const Http& http) { return http.content_length; });
  write("probe_http_uncompressed_body_length", "Length of uncompressed response body",
        [](const Http& http) { return static_cast<double>(http.size); });
  WriteGauge(out, rows,
             {"probe_http_last_modified_timestamp_seconds", kGauge,
              "Returns the Last-Modified HTTP response header in unixtime", ""},
             [](const Latest& latest) -> std::optional<double> {
               if (!latest.http || !latest.http->last_modified) return std::nullopt;
               return UnixTime(*latest.http->last_modified);
             });
}

void WriteTls(MetricWriter& out, const LabelledRows& rows) {
  WriteGauge(
      out, rows,
      {"probe_ssl_earliest_cert_expiry", kGauge,
       "Earliest expiry of the presented certificate chain in unixtime, verified or not", ""},
      [](const Latest& latest) -> std::optional<double> {
        if (!latest.tls || !latest.tls->expires_at) return std::nullopt;
        return UnixTime(*latest.tls->expires_at);
      });
  WriteGauge(out, rows,
             {"probe_ssl_last_chain_expiry_timestamp_seconds", kGauge,
              "Earliest expiry on the chain that verification found in unixtime", ""},
             [](const Latest& latest) -> std::optional<double> {
               if (!latest.tls || !latest.tls->verified_expires_at) return std::nullopt;
               return UnixTime(*latest.tls->verified_expires_at);
             });
  out.Begin({"probe_ssl_last_chain_info", kGauge, "Contains SSL leaf certificate information", ""});
  for (const Labelled& row : rows) {
    const auto& tls = row.latest->tls;
    if (!tls || !tls->has_leaf) continue;
    out.Sample(row.labels,
               {{"fingerprint_sha256", tls->sha256},
                {"subject", tls->subject},
                {"issuer", tls->issuer},
                {"subjectalternative", tls->san},
                {"serialnumber", tls->serial}},
               1.0);
  }
  out.Begin({"probe_tls_version_info", kGauge, "Returns the TLS version used", ""});
  for (const Labelled& row : rows) {
    const auto& tls = row.latest->tls;
    if (tls && !tls->version.empty()) out.Sample(row.labels, {{"version", tls->version}}, 1.0);
  }
}

/// A phase of ours under the name that it has there.
struct NamedPhase {
  Phase phase;
  std::string_view name;
};

void WritePhases(MetricWriter& out, const LabelledRows& rows, std::string_view kind,
                 std::span<const NamedPhase> phases) {
  for (const Labelled& row : rows) {
    if (row.check->kind != kind) continue;
    for (const NamedPhase& named : phases) {
      const auto& span = row.latest->phases[static_cast<std::size_t>(named.phase)];
      if (span) out.Sample(row.labels, {{"phase", named.name}}, Seconds(*span));
    }
  }
}

void WriteDns(MetricWriter& out, const LabelledRows& rows) {
  static constexpr std::array kPhases = {NamedPhase{Phase::kResolve, "resolve"},
                                         NamedPhase{Phase::kConnect, "connect"},
                                         NamedPhase{Phase::kProcessing, "request"}};
  out.Begin({"probe_dns_duration_seconds", kGauge, "Duration of the latest DNS request by phase",
             "seconds"});
  WritePhases(out, rows, "dns", kPhases);
  const auto write = [&](std::string_view name, std::string_view help, auto value_of) {
    WriteGauge(out, rows, {name, kGauge, help, ""},
               [&](const Latest& latest) -> std::optional<double> {
                 return latest.dns ? value_of(*latest.dns) : std::nullopt;
               });
  };
  using Dns = Latest::Dns;
  using Number = std::optional<double>;
  write("probe_dns_answer_rrs", "Returns number of entries in the answer resource record list",
        [](const Dns& dns) { return Number(dns.answers); });
  write("probe_dns_authority_rrs",
        "Returns number of entries in the authority resource record list",
        [](const Dns& dns) { return Number(dns.authorities); });
  write("probe_dns_additional_rrs",
        "Returns number of entries in the additional resource record list",
        [](const Dns& dns) { return Number(dns.additionals); });
  write("probe_dns_serial", "Returns the serial number of the zone",
        [](const Dns& dns) { return dns.serial ? Number(*dns.serial) : Number(); });
}

void WriteGrpc(MetricWriter& out, const LabelledRows& rows) {
  static constexpr std::array<std::string_view, 4> kStatuses = {"UNKNOWN", "SERVING", "NOT_SERVING",
                                                                "SERVICE_UNKNOWN"};
  WriteGauge(out, rows, {"probe_grpc_status_code", kGauge, "Response gRPC status code", ""},
             [](const Latest& latest) {
               return latest.grpc ? std::optional<double>(latest.grpc->status) : std::nullopt;
             });
  out.Begin(
      {"probe_grpc_healthcheck_response", kGauge, "Response HealthCheck response, one-hot", ""});
  for (const Labelled& row : rows) {
    const auto& grpc = row.latest->grpc;
    if (!grpc || grpc->serving_status.empty()) continue;
    for (const std::string_view status : kStatuses) {
      out.Sample(row.labels, {{"serving_status", status}},
                 grpc->serving_status == status ? 1.0 : 0.0);
    }
  }
}

void WriteWebSocket(MetricWriter& out, const LabelledRows& rows) {
  const auto write = [&](std::string_view name, std::string_view help, auto value_of) {
    WriteGauge(out, rows, {name, kGauge, help, ""},
               [&](const Latest& latest) -> std::optional<double> {
                 if (latest.websocket_status == 0) return std::nullopt;
                 return value_of(latest.websocket_status);
               });
  };
  write("probe_websocket_status_code", "Response HTTP status code of the upgrade",
        [](int status) { return status; });
  write("probe_websocket_connection_upgraded", "Whether the connection was upgraded",
        [](int status) { return status == 101 ? 1 : 0; });
}

void WriteIcmp(MetricWriter& out, const LabelledRows& rows) {
  static constexpr std::array kPhases = {NamedPhase{Phase::kResolve, "resolve"}};
  out.Begin({"probe_icmp_duration_seconds", kGauge,
             "Duration of the latest ICMP request by phase; rtt is the mean", "seconds"});
  WritePhases(out, rows, "icmp", kPhases);
  for (const Labelled& row : rows) {
    const auto& icmp = row.latest->icmp;
    if (icmp && icmp->rtt) out.Sample(row.labels, {{"phase", "rtt"}}, Seconds(*icmp->rtt));
  }
  using Number = std::optional<double>;
  WriteGauge(out, rows,
             {"probe_icmp_reply_hop_limit", kGauge, "Replied packet hop limit (TTL for ipv4)", ""},
             [](const Latest& latest) {
               return latest.icmp && latest.icmp->ttl ? Number(*latest.icmp->ttl) : Number();
             });
  WriteGauge(
      out, rows,
      {"gaikei_icmp_loss_ratio", kGauge, "Share of echo requests that were not answered", "ratio"},
      [](const Latest& latest) { return latest.icmp ? Number(latest.icmp->loss) : Number(); });
}

/// Steps that were run; those that were skipped have no sample.
void WriteSteps(MetricWriter& out, const LabelledRows& rows) {
  const auto each = [&](const auto& value_of) {
    for (const Labelled& row : rows) {
      if (row.latest->steps == nullptr) continue;
      for (const Latest::Step& step : *row.latest->steps) {
        const std::optional<double> value = value_of(step);
        if (value) out.Sample(row.labels, {{"step", step.name}}, *value);
      }
    }
  };
  out.Begin({"probe_journey_step_success", kGauge,
             "Whether the latest run of a journey's step was a success, absent when it could not "
             "be told",
             ""});
  each([](const Latest::Step& step) -> std::optional<double> {
    if (step.status == Status::kUnknown) return std::nullopt;
    return step.status == Status::kFail ? 0 : 1;
  });
  out.Begin({"probe_journey_step_duration_seconds", kGauge,
             "How long the latest run of a journey's step took", "seconds"});
  each([](const Latest::Step& step) { return std::optional(Seconds(step.duration)); });
}

/// The exponential form of a phase, perhaps without counts; null where that form is not kept.
const ExponentialHistogram* PhaseOf(const ExponentialTally* tally, Phase phase) {
  static const ExponentialHistogram kNone;
  if (tally == nullptr) return nullptr;
  for (const ExponentialTally::PhaseSpans& row : tally->phases) {
    if (row.phase == phase) return &row.spans;
  }
  return &kNone;
}

/// How busy it is at the moment.
void WriteLoad(MetricWriter& out, const LoadMetrics& load) {
  const auto gauge = [&out](const char* name, const char* help, unsigned value) {
    out.Begin({name, kGauge, help, ""});
    out.Sample({}, {}, std::uint64_t{value});
  };
  gauge("gaikei_in_flight", "Attempts in flight", load.in_flight);
  gauge("gaikei_in_flight_limit", "How many attempts may be in flight", load.max_in_flight);
  gauge("gaikei_slots_waiting", "Slots that are due and wait for a place", load.waiting);
  gauge("gaikei_overload_stage", "How far this prober defends itself: 0 not, to 4",
        load.overload_stage);
  out.Begin(
      {"gaikei_unfit_seconds", kCounter, "How long this prober was not fit to judge", "seconds"});
  for (const auto& [cause, time] : load.unfit) out.Sample({}, {{"cause", cause}}, Seconds(time));
}

}  // namespace

LabelSet LatestLabels(const MetricRow& row) {
  LabelSet labels;
  labels.Add("check", row.check->name).Add("region", row.region);
  labels.Add("kind", row.check->kind).Add("target", row.check->target);
  std::set<std::string> used;
  for (const auto& [given, value] : row.check->labels) {
    std::string name = LabelName(given);
    // As Prometheus does with a label that collides.
    if (IsTaken(name)) name = "exported_" + name;
    if (used.insert(name).second) labels.Add(name, value);
  }
  return labels;
}

void WriteLatest(MetricWriter& out, std::span<const MetricRow> rows) {
  const LabelledRows labelled = WithLabels(rows);
  WriteGauge(
      out, labelled,
      {"probe_success", kGauge,
       "Displays whether or not the probe was a success, absent when it could not be told", ""},
      SuccessOf);
  WriteGauge(out, labelled,
             {"probe_duration_seconds", kGauge,
              "Returns how long the probe took to complete in seconds", "seconds"},
             [](const Latest& latest) {
               return latest.has_started ? std::optional(Seconds(latest.duration)) : std::nullopt;
             });
  WriteGauge(out, labelled,
             {"probe_dns_lookup_time_seconds", kGauge,
              "Returns the time taken for probe dns lookup in seconds", "seconds"},
             [](const Latest& latest) -> std::optional<double> {
               const auto& span = latest.phases[static_cast<std::size_t>(Phase::kResolve)];
               return span ? std::optional(Seconds(*span)) : std::nullopt;
             });
  WriteGauge(out, labelled,
             {"probe_ip_protocol", kGauge, "Specifies whether probe ip protocol is IP4 or IP6", ""},
             [](const Latest& latest) -> std::optional<double> {
               if (latest.family == Family::kAuto) return std::nullopt;
               return latest.family == Family::kIpv6 ? 6 : 4;
             });
  WriteHttp(out, labelled);
  WriteTls(out, labelled);
  WriteDns(out, labelled);
  WriteIcmp(out, labelled);
  WriteGrpc(out, labelled);
  WriteWebSocket(out, labelled);
  WriteSteps(out, labelled);
}

void WriteTallies(MetricWriter& out, std::span<const MetricRow> rows) {
  out.Begin({"gaikei_outcomes", kCounter, "Slots by what they gave", ""});
  for (const MetricRow& row : rows) {
    LabelSet labels;
    labels.Add("check", row.check->name).Add("region", row.region).Add("kind", row.check->kind);
    for (const Tally::Outcomes& outcomes : row.tally->outcomes) {
      out.Sample(labels, {{"status", Name(outcomes.status)}, {"reason", Name(outcomes.reason)}},
                 outcomes.count);
    }
  }
  out.Begin({"gaikei_duration_seconds", kHistogram, "Durations of slots that could be judged",
             "seconds"});
  for (const MetricRow& row : rows) {
    LabelSet labels;
    labels.Add("check", row.check->name).Add("region", row.region);
    out.Sample(labels, {},
               {kDurationBounds, row.tally->duration,
                row.exponential != nullptr ? &row.exponential->duration : nullptr});
  }
  out.Begin({"gaikei_phase_duration_seconds", kHistogram,
             "Durations of the phases of slots that could be judged", "seconds"});
  for (const MetricRow& row : rows) {
    LabelSet labels;
    labels.Add("check", row.check->name).Add("region", row.region);
    for (const Tally::PhaseSpans& phase : row.tally->phases) {
      out.Sample(labels, {{"phase", Name(phase.phase)}},
                 {kDurationBounds, phase.spans, PhaseOf(row.exponential, phase.phase)});
    }
  }
}

void WriteProcess(MetricWriter& out, const ProcessMetrics& process) {
  out.Begin({"gaikei_start_lateness_seconds", kHistogram,
             "How long after its due time a slot was started", "seconds"});
  out.Sample({}, {}, {kLatenessBounds, process.start_lateness});
  out.Begin({"gaikei_loop_lag_seconds", kHistogram,
             "How late the event loops ran their timers around an attempt", "seconds"});
  out.Sample({}, {}, {kLatenessBounds, process.loop_lag});
  out.Begin({"gaikei_slots_missed", kCounter, "Slots that could not be judged", ""});
  for (const auto& [reason, count] : process.missed) {
    out.Sample({}, {{"reason", reason}}, count);
  }
  WriteUpstreams(out, process.upstreams, process.spool, WallNow());
  out.Begin({"gaikei_heartbeat_last_timestamp_seconds", kGauge,
             "When the job reported last, whatever it said, in unixtime", "seconds"});
  for (const HeartbeatTime& heartbeat : process.heartbeats) {
    out.Sample({}, {{"check", heartbeat.check}, {"region", heartbeat.region}},
               Seconds(heartbeat.last_at.time_since_epoch()));
  }
  if (process.load) WriteLoad(out, *process.load);
  out.Begin({"gaikei_config_last_reload_successful", kGauge,
             "Whether the configuration was taken over when it was last read", ""});
  if (process.is_last_reload_successful) {
    out.Sample({}, {}, std::uint64_t{*process.is_last_reload_successful ? 1U : 0U});
  }
  out.Begin({"gaikei_build_info", kGauge, "The running program", ""});
  out.Sample({}, {{"version", GAIKEI_VERSION}}, 1.0);
}

}  // namespace gaikei
