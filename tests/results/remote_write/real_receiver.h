#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "results/upstream/transport.h"
#include "tests/support/daemon.h"
#include "tests/support/temp_dir.h"

namespace gaikei::testing {

/// A real Prometheus or VictoriaMetrics that takes remote write, with an empty database of its own.
class RealReceiver {
 public:
  static RealReceiver Prometheus();
  static RealReceiver VictoriaMetrics();

  std::string Url() const { return "http://" + daemon_->Authority() + "/api/v1/write"; }
  /// As a transport would: to the path of its URL, which is this server's.
  PostResponse Post(const PostRequest& request) const;

  /// Stamps in milliseconds and values, in their order.
  using Points = std::vector<std::pair<std::int64_t, double>>;
  /// The raw samples, but for stale markers, of what a selector selects in the hour before a time,
  /// by `name{label="value",...}`.
  std::map<std::string, Points> Samples(const std::string& selector, std::int64_t at) const;
  /// Values of an expression at a time, likewise.
  std::map<std::string, double> Query(const std::string& expression, std::int64_t at) const;
  /// What the server has written.
  std::string log() const { return daemon_->log(); }

 private:
  RealReceiver() = default;
  std::string Ask(const std::string& query, std::int64_t at) const;

  std::unique_ptr<support::TempDir> directory_;  ///< outlives the daemon
  std::unique_ptr<support::Daemon> daemon_;
  bool is_victoria_metrics_ = false;
};

}  // namespace gaikei::testing
