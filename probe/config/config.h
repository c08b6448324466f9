#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

#include "checks/spec.h"
#include "regions/region.h"
#include "results/spool/spool.h"
#include "results/upstream/upstream_spec.h"
#include "scheduler/load_limits.h"
#include "scheduler/shard.h"

namespace gaikei {

/// `[probe]`: this prober.
struct ProbeConfig {
  std::string region;                     ///< empty: not given (see Config::regions)
  std::string state_dir;                  ///< empty: nothing is kept on disk
  std::string listen = "127.0.0.1:9115";  ///< "" switches the HTTP server off
  unsigned threads = 0;                   ///< event loops; 0: one a core
  /// in_flight 1..1,000,000; in_flight_per_host 0: what there are ports for.
  LoadLimits load;
  std::string user_agent = "gaikei/1.0";
  Shard shard;                            ///< of the plan; one of several processes that share it
  SpoolSync sync = SpoolSync::kInterval;  ///< when samples are safe from a power cut
};

/// A whole configuration, validated: everything in it can be run.
struct Config {
  ProbeConfig probe;
  /// The regions this process looks from: the one named by --region, GAIKEI_REGION or probe.region
  /// where one is named, else every [region.NAME], else one called "local". Never empty.
  std::vector<std::shared_ptr<const Region>> regions;
  /// Every region that is known by name, including those of other probers; sorted by name. Phases
  /// are interleaved over these.
  std::vector<std::shared_ptr<const Region>> known_regions;
  std::vector<CheckSpec> checks;        ///< in the order of the files, checks before journeys
  std::vector<UpstreamSpec> upstreams;  ///< in the order of the files
  /// Where the max_series of each of them stands, or its table where it has none.
  std::vector<SourcePlace> upstream_places;
  std::vector<SourcePlace> spool_places;  ///< likewise of their max_spool
};

/// One thing wrong, and where.
struct ConfigError {
  std::string file;
  unsigned line = 0;  ///< from 1; 0: the file as a whole
  unsigned column = 0;
  std::string message;
  /// "FILE:LINE:COLUMN: message", or "FILE: message" where line is 0.
  std::string Text() const;
};

struct ConfigSources {
  /// Files and directories (*.toml in name order) as given by -c. Empty: gaikei.toml, then
  /// /etc/gaikei/gaikei.toml, the first that exists.
  std::vector<std::string> paths;
  std::string region;      ///< --region; empty: GAIKEI_REGION, then probe.region
  std::string shard = {};  ///< --shard; empty: GAIKEI_SHARD, then probe.shard
};

/// Reads, merges and validates. Every error of every file is in the list, sorted by position.
tl::expected<Config, std::vector<ConfigError>> LoadConfig(const ConfigSources& sources);

/// A check's keys as flags, for `gaikei check`.
struct CheckFlags {
  std::string target;
  std::vector<std::string> expect;
  std::vector<std::string> warn;
  std::optional<std::string> method;
  std::vector<std::string> headers;  ///< "Name: value"
  std::optional<std::string> body;
  std::optional<std::string> basic_env;   ///< environment variable that holds USER:PASSWORD
  std::optional<std::string> bearer_env;  ///< environment variable that holds a token
  std::optional<std::string> timeout;
  std::optional<std::string> address;
  bool ipv4 = false;
  bool ipv6 = false;
  bool insecure = false;
  std::optional<std::string> cacert;
  std::optional<std::string> cert;
  std::optional<std::string> key;
  std::optional<std::string> http;   ///< "1.1", "2", "3", or several with commas between them
  std::vector<std::string> cookies;  ///< "NAME=VALUE"
  bool no_cookies = false;
  std::optional<std::string> json;         ///< a body that is JSON
  std::vector<std::string> form;           ///< "NAME=VALUE"
  std::vector<std::string> multipart;      ///< "NAME=VALUE", "NAME=@PATH"
  std::optional<std::string> compression;  ///< "gzip, br" or "all"
  std::vector<std::string> redirect_hosts;
  bool allow_downgrade = false;
  bool traceparent = false;
  std::optional<std::string> max_redirects;
  std::optional<std::string> proxy;        ///< URL
  std::optional<std::string> unix_socket;  ///< path
  bool allow_private = false;
  bool deny_private = false;
  std::string user_agent = "gaikei/1.0";

  std::optional<std::string> addresses;  ///< "first", "any", "all", "quorum"
  bool all_addresses = false;            ///< the same as "all"

  std::optional<std::string> server_name;
  std::vector<std::string> alpn;
  std::optional<std::string> min_version;
  std::optional<std::string> max_version;
  std::optional<std::string> ciphers;
  std::optional<std::string> starttls;  ///< a protocol
  std::vector<std::string> ignore_lints;

  std::vector<std::string> servers;  ///< or "authoritative" alone
  std::optional<std::string> transport;
  std::optional<std::string> dnssec;  ///< "off", "validate"
  std::optional<std::string> trust_anchor;
  bool nsid = false;
  std::optional<std::string> ecs;
  bool no_recursion = false;

  bool tls = false;  ///< of a `tcp` check
  /// One step of a dialogue, in the order of the command line.
  struct Step {
    bool is_send = false;  ///< else what is to be received
    std::string text;      ///< with \r \n \t \0 \\ and \xNN for other bytes where it is sent
  };
  std::vector<Step> dialogue;

  std::optional<std::string> icmp_count;

  std::vector<std::string> metadata;      ///< "name: value", of a `grpc` check
  std::vector<std::string> subprotocols;  ///< of a `websocket` check
  bool no_ping = false;                   ///< likewise
  std::optional<std::string> confirm;
  std::optional<std::string> confirm_counts;  ///< "first", "last"
};

/// One ad-hoc check. Errors are one line each and begin with the flag ("--expect 'x': column 3:
/// ...").
tl::expected<CheckSpec, std::vector<std::string>> CheckFromFlags(const CheckFlags& flags);

/// True for a DNS server as `resolver` and --resolve-via take it: ADDRESS, IPV4:PORT or
/// [IPV6]:PORT.
bool IsServerAddress(std::string_view text);

}  // namespace gaikei
