#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "results/time.h"
#include "results/upstream/transport.h"

namespace gaikei::testing {

/// Mackerel as its API documents describe it, strict: it answers as Mackerel would, and notes in
/// `complaints` whatever goes against the documents, also where Mackerel would keep silent.
///
/// Time is `now`, set by the test. Answers wait until Pump().
class StandIn final : public Transport {
 public:
  static constexpr const char* kKey = "canary-6b1d40c2";

  struct Host {
    std::string name;
    std::string custom_identifier;
    std::set<std::string> checks;
    bool is_retired = false;
  };
  struct Report {
    std::string host;
    std::string name;
    std::string status;
    std::string message;
    std::int64_t occurred_at = 0;
    std::optional<std::int64_t> notification_interval;
    std::optional<std::int64_t> max_check_attempts;
  };
  struct Annotation {
    std::string title;
    std::string description;
    std::int64_t from = 0;
    std::int64_t to = 0;
    std::string service;
  };
  using PointKey = std::pair<std::string, std::int64_t>;  ///< name and Unix seconds

  WallTime now{};
  std::set<std::string> services = {"shop"};
  unsigned quota = 1000;  ///< requests a minute
  /// An answer that takes the place of Mackerel's own: nothing is stored then. Absent: its own.
  std::function<std::optional<PostResponse>(const PostRequest&)> fault;
  /// True: the request is carried out, and the answer is lost.
  std::function<bool(const PostRequest&)> loses_answer;

  std::vector<std::string> complaints;
  std::map<PointKey, double> points;
  std::map<PointKey, std::vector<double>> writes;  ///< all values that a point ever had
  std::map<std::string, Host> hosts;               ///< by id
  std::vector<Report> reports;                     ///< that counted
  unsigned ignored_reports = 0;                    ///< not newer than what was there
  std::vector<Annotation> annotations;
  std::vector<std::string> calls;  ///< "POST /api/v0/hosts", in order
  std::map<std::int64_t, unsigned> calls_by_minute;
  unsigned over_quota = 0;  ///< answers 429

  std::unique_ptr<Call> Post(PostRequest request, Done done) override;
  /// Gives the answers that wait, and those to what is asked meanwhile. False: none waited.
  bool Pump();
  std::size_t CountCalls(const std::string& beginning) const;

 private:
  struct Pending;
  PostResponse Answer(const PostRequest& request);
  PostResponse Route(const PostRequest& request);
  PostResponse TakePoints(const std::string& service, const nlohmann::json& body);
  PostResponse TakeReports(const nlohmann::json& body);
  PostResponse TakeHost(const std::string& id, const nlohmann::json& body);
  PostResponse FindHosts(const std::map<std::string, std::vector<std::string>>& query);
  PostResponse TakeAnnotation(const nlohmann::json& body);
  PostResponse FindAnnotations(const std::map<std::string, std::vector<std::string>>& query);
  void CheckReport(const nlohmann::json& report);
  PostResponse Complain(int status, const std::string& text);

  std::deque<std::shared_ptr<Pending>> pending_;
  unsigned next_id_ = 1;
};

}  // namespace gaikei::testing
