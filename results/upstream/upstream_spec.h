#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "results/secret.h"
#include "results/time.h"

namespace gaikei {

enum class UpstreamType : std::uint8_t { kOtlp, kRemoteWrite, kMackerel, kStatsd, kJsonl };
/// "otlp", "remote_write", "mackerel", "statsd", "jsonl".
std::string_view Name(UpstreamType type);

/// How to reach an upstream over HTTP.
struct UpstreamTransportSpec {
  std::string url;  ///< http or https, ready to have a path appended; without credentials
  std::vector<std::pair<std::string, Secret>> headers;  ///< beside those of the protocol
  Secret user;                                          ///< of basic authentication; empty: none
  Secret password;                                      ///< likewise
  Secret bearer;                                        ///< empty: none
  std::string cacert;                                   ///< PEM file; empty: the system's roots
  std::string cert;         ///< client certificate, PEM file; empty: none
  std::string key;          ///< its key; empty: in `cert`
  std::string server_name;  ///< SNI and name that is verified; empty: the URL's host
  bool insecure = false;    ///< the certificate is not verified
  std::string proxy;        ///< http, socks5 or socks5h URL without credentials; empty: none
  Secret proxy_user;        ///< empty: none
  Secret proxy_password;    ///< likewise
  Span timeout = std::chrono::seconds(10);  ///< of one request
};

/// Which samples an upstream gets. What is empty does not narrow.
struct SampleSelection {
  std::vector<std::string> checks;  ///< names; `*` stands for any characters
  std::vector<std::pair<std::string, std::string>> labels;  ///< all of them, values likewise
  std::vector<std::string> regions;                         ///< as `checks`
};

/// How series are named there.
struct LabelMapping {
  /// Label or attribute as we call it, and as it is to be called; "" leaves it out.
  std::vector<std::pair<std::string, std::string>> rename;
  std::vector<std::pair<std::string, std::string>> add;  ///< fixed labels for every series
  /// Families left out: "phases" (the histograms of phases), "histograms" (all of them), "latest"
  /// (the probe_* gauges of the latest outcome).
  std::set<std::string> drop;
};

/// kBoth: for those who learn only when they send what is understood; no upstream is configured so.
enum class HistogramForm : std::uint8_t { kExponential, kExplicit, kBoth };

struct OtlpSpec {
  enum class Protocol : std::uint8_t { kHttpProtobuf, kHttpJson, kGrpc };
  enum class Temporality : std::uint8_t { kCumulative, kDelta };
  Protocol protocol = Protocol::kHttpProtobuf;
  Temporality temporality = Temporality::kCumulative;
  HistogramForm histograms = HistogramForm::kExponential;
  bool has_metrics = true;
  bool has_logs = false;    ///< every outcome as an event
  bool has_traces = false;  ///< every outcome as a trace: steps and phases as spans
  std::vector<std::pair<std::string, std::string>> resource;  ///< beside our own attributes
};

struct RemoteWriteSpec {
  enum class Version : std::uint8_t { kAuto, kOne, kTwo };
  Version version = Version::kAuto;  ///< auto: 2.0, and 1.0 where that is not understood
};

struct MackerelSpec {
  std::string endpoint = "https://api.mackerelio.com";
  Secret api_key;
  std::string service;  ///< of service metrics; empty: none are posted
  std::string metric_prefix = "gaikei";
  bool has_check_reports = false;  ///< check reports of the prober's host
  /// Of that host; empty: "gaikei-" and the region. Two probers of one name would be one host.
  std::string host_name;
  /// How often Mackerel repeats the notification of a check that stays failed, in whole minutes;
  /// at least 10. 0: it does not.
  Span notification_interval{0};
  /// Reports in a row that have to be no OK before Mackerel alerts: 1 to 10. 0: Mackerel's default,
  /// which is 1.
  unsigned max_check_attempts = 0;
  bool has_annotations = false;  ///< an outage becomes a graph annotation of the service
};

struct StatsdSpec {
  std::string host;
  std::uint16_t port = 8125;
  std::string prefix = "gaikei.";
  bool has_tags = true;  ///< DogStatsD's tags; otherwise labels become parts of the name
};

struct JsonlSpec {
  std::string path;            ///< "-" is standard output
  std::uint64_t max_size = 0;  ///< bytes after which a new file is begun; 0: never
  unsigned max_files = 5;      ///< PATH.1 ... PATH.N that are kept beside it
};

/// `[upstream.NAME]`.
struct UpstreamSpec {
  std::string name;
  UpstreamType type = UpstreamType::kJsonl;
  Span every = std::chrono::seconds(15);  ///< between two deliveries where nothing waits
  std::size_t max_batch = 1000;           ///< samples in one delivery
  std::uint64_t max_spool = std::uint64_t{256} << 20U;  ///< bytes
  Span max_age = std::chrono::hours(24);
  std::uint64_t max_series = 1'000'000;  ///< more than this many are refused at load
  double drain_rate = 10'000;            ///< samples a second while a backlog is worked off
  std::set<int> retry_statuses;  ///< HTTP statuses that are tried again beside the protocol's
  bool is_compressed = true;     ///< gzip where the protocol has it
  SampleSelection selection;
  LabelMapping mapping;
  UpstreamTransportSpec transport;  ///< of otlp, remote_write and mackerel
  OtlpSpec otlp;
  RemoteWriteSpec remote_write;
  MackerelSpec mackerel;
  StatsdSpec statsd;
  JsonlSpec jsonl;
};

/// Whether text is what a pattern with `*` stands for.
bool MatchesPattern(std::string_view pattern, std::string_view text);

}  // namespace gaikei
