#include "results/metrics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdio.h>
#include <sys/wait.h>

#include <chrono>
#include <fstream>
#include <set>
#include <sstream>

#include "samples.h"

namespace gaikei::testing {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr const char* kHome =
    R"({check="home",region="tokyo",kind="http",target="https://shop.example/",team="web")";

std::string Line(const std::string& name, const std::string& more, const std::string& value) {
  return "\n" + name + kHome + more + "} " + value + "\n";
}

std::string RenderOf(const Outcome& outcome, MetricFormat format = MetricFormat::kPrometheus) {
  MetricStore store;
  store.Observe(outcome);
  return store.Render(format);
}

TEST(Metrics, ShowTheLatestOutcomeUnderBlackboxNames) {
  const std::string text = RenderOf(PassedOutcome());
  EXPECT_THAT(text, HasSubstr(Line("probe_success", "", "1")));
  EXPECT_THAT(text, HasSubstr(Line("probe_duration_seconds", "", "0.0305")));
  EXPECT_THAT(text, HasSubstr(Line("probe_dns_lookup_time_seconds", "", "0.002")));
  EXPECT_THAT(text, HasSubstr(Line("probe_ip_protocol", "", "4")));
  for (const auto& [phase, value] :
       {std::pair("resolve", "0.002"), std::pair("connect", "0.003"), std::pair("tls", "0.005"),
        std::pair("processing", "0.02"), std::pair("transfer", "0.0004")}) {
    EXPECT_THAT(text, HasSubstr(Line("probe_http_duration_seconds",
                                     std::string(",phase=\"") + phase + "\"", value)));
  }
  EXPECT_THAT(text, HasSubstr(Line("probe_http_status_code", "", "200")));
  EXPECT_THAT(text, HasSubstr(Line("probe_http_version", "", "2")));
  EXPECT_THAT(text, HasSubstr(Line("probe_http_redirects", "", "1")));
  EXPECT_THAT(text, HasSubstr(Line("probe_http_content_length", "", "-1")));
  EXPECT_THAT(text, HasSubstr(Line("probe_http_uncompressed_body_length", "", "512")));
  EXPECT_THAT(text, HasSubstr(Line("probe_ssl_earliest_cert_expiry", "", "1797997680")));
  EXPECT_THAT(text, HasSubstr(Line("probe_ssl_last_chain_info",
                                   ",fingerprint_sha256=\"" + std::string(64, 'e') +
                                       "\",subject=\"CN=shop.example\",issuer=\"CN=Test "
                                       "CA,O=Example\",subjectalternative=\"shop.example,www.shop."
                                       "example\",serialnumber=\"0a1b\"",
                                   "1")));
  EXPECT_THAT(text, HasSubstr(Line("probe_tls_version_info", ",version=\"TLS 1.3\"", "1")));
}

TEST(Metrics, ShowWhenAnAnswerWasChangedWhereItSaysSo) {
  Outcome outcome = PassedOutcome();
  EXPECT_THAT(RenderOf(outcome), Not(HasSubstr("\nprobe_http_last_modified_timestamp_seconds{")));
  outcome.http->last_modified = ParseRfc3339("1994-11-06T08:49:37Z");
  EXPECT_THAT(RenderOf(outcome),
              HasSubstr(Line("probe_http_last_modified_timestamp_seconds", "", "784111777")));
}

TEST(Metrics, ShowDnsIcmpAndChainsUnderBlackboxNames) {
  const std::string dns = RenderOf(DifferingOutcome());
  const auto line = [](const std::string& name, const std::string& check, const std::string& kind,
                       const std::string& target, const std::string& more) {
    return "\n" + name + "{check=\"" + check + "\",region=\"tokyo\",kind=\"" + kind +
           "\",target=\"" + target + "\",team=\"web\"" + more;
  };
  const auto zone = [&](const std::string& name, const std::string& more) {
    return line(name, "zone", "dns", "dns:shop.example?type=SOA", more);
  };
  EXPECT_THAT(dns, HasSubstr(zone("probe_dns_duration_seconds", ",phase=\"request\"} 0.004\n")));
  EXPECT_THAT(dns, HasSubstr(zone("probe_dns_answer_rrs", "} 1\n")));
  EXPECT_THAT(dns, HasSubstr(zone("probe_dns_authority_rrs", "} 0\n")));
  EXPECT_THAT(dns, HasSubstr(zone("probe_dns_additional_rrs", "} 1\n")));
  EXPECT_THAT(dns, HasSubstr(zone("probe_dns_serial", "} 42\n")));
  const std::string icmp = RenderOf(PingedOutcome());
  const auto host = [&](const std::string& name, const std::string& more) {
    return line(name, "host", "icmp", "icmp://shop.example", more);
  };
  EXPECT_THAT(icmp, HasSubstr(host("probe_icmp_duration_seconds", ",phase=\"rtt\"} 0.002\n")));
  EXPECT_THAT(icmp, HasSubstr(host("probe_icmp_reply_hop_limit", "} 64\n")));
  EXPECT_THAT(icmp, HasSubstr(host("gaikei_icmp_loss_ratio", "} 0.333")));
  EXPECT_THAT(icmp, Not(HasSubstr("probe_dns_answer_rrs{")));
  EXPECT_THAT(RenderOf(HandshakeOutcome()),
              HasSubstr(line("probe_ssl_last_chain_expiry_timestamp_seconds", "mail", "tls",
                             "tls://shop.example:25", "} 1795664880\n")));
}

TEST(Metrics, SuccessIsOneForWarnZeroForFailAndAbsentForUnknown) {
  EXPECT_THAT(RenderOf(WarnedOutcome()), HasSubstr(Line("probe_success", "", "1")));
  EXPECT_THAT(RenderOf(TimedOutOutcome()), HasSubstr(Line("probe_success", "", "0")));
  const std::string skipped = RenderOf(SkippedOutcome());
  EXPECT_THAT(skipped, Not(HasSubstr("probe_success")));
  EXPECT_THAT(skipped, Not(HasSubstr("probe_duration_seconds")));
  EXPECT_THAT(skipped, HasSubstr("gaikei_slots_missed_total{reason=\"prober_skipped\"} 1\n"));
}

TEST(Metrics, LeaveOutWhatWasNotReached) {
  const std::string text = RenderOf(TimedOutOutcome());
  EXPECT_THAT(text, HasSubstr(Line("probe_http_duration_seconds", ",phase=\"connect\"", "9.998")));
  EXPECT_THAT(text, Not(HasSubstr("phase=\"tls\"")));
  for (const char* name : {"probe_http_status_code", "probe_http_version", "probe_ssl"}) {
    EXPECT_THAT(text, Not(HasSubstr(name)));
  }
}

TEST(Metrics, ShowTheExpiryOfACertificateThatDidNotVerify) {
  EXPECT_THAT(RenderOf(ExpiredOutcome()),
              HasSubstr(Line("probe_ssl_earliest_cert_expiry", "", "1795319280")));
}

TEST(Metrics, CountAndMeasure) {
  MetricStore store;
  for (int i = 0; i < 3; ++i) store.Observe(PassedOutcome());
  store.Observe(TimedOutOutcome());
  store.Observe(SkippedOutcome());
  const std::string text = store.Render(MetricFormat::kPrometheus);
  const std::string home = "{check=\"home\",region=\"tokyo\"";
  EXPECT_THAT(text, HasSubstr("gaikei_outcomes_total" + home +
                              ",kind=\"http\",status=\"pass\",reason=\"\"} 3\n"));
  EXPECT_THAT(text, HasSubstr("gaikei_outcomes_total" + home +
                              ",kind=\"http\",status=\"fail\",reason=\"connect_timeout\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("gaikei_duration_seconds_bucket" + home + ",le=\"0.025\"} 0\n"));
  EXPECT_THAT(text, HasSubstr("gaikei_duration_seconds_bucket" + home + ",le=\"0.05\"} 3\n"));
  EXPECT_THAT(text, HasSubstr("gaikei_duration_seconds_bucket" + home + ",le=\"10\"} 4\n"));
  EXPECT_THAT(text, HasSubstr("gaikei_duration_seconds_bucket" + home + ",le=\"+Inf\"} 4\n"));
  EXPECT_THAT(text, HasSubstr("gaikei_duration_seconds_count" + home + "} 4\n"));
  EXPECT_THAT(text, HasSubstr("gaikei_duration_seconds_sum" + home + "} 10.0915\n"));
  EXPECT_THAT(text,
              HasSubstr("gaikei_phase_duration_seconds_count" + home + ",phase=\"tls\"} 3\n"));
  // A slot that never started was not late.
  EXPECT_THAT(text, HasSubstr("\ngaikei_start_lateness_seconds_count 4\n"));
  EXPECT_THAT(text, HasSubstr("\ngaikei_start_lateness_seconds_bucket{le=\"0.00025\"} 4\n"));
  EXPECT_THAT(text, HasSubstr("\ngaikei_loop_lag_seconds_count 4\n"));
}

TEST(Metrics, ShowTheProberItself) {
  MetricStore store;
  store.SetLoad({7, 2000, 3, 1, {{"stolen", std::chrono::milliseconds(1500)}}});
  store.SetReloadSuccessful(false);
  const std::string text = store.Render(MetricFormat::kPrometheus);
  EXPECT_THAT(text, HasSubstr("\ngaikei_in_flight 7\n"));
  EXPECT_THAT(text, HasSubstr("\ngaikei_in_flight_limit 2000\n"));
  EXPECT_THAT(text, HasSubstr("\ngaikei_slots_waiting 3\n"));
  EXPECT_THAT(text, HasSubstr("\ngaikei_overload_stage 1\n"));
  EXPECT_THAT(text, HasSubstr("\ngaikei_unfit_seconds_total{cause=\"stolen\"} 1.5\n"));
  EXPECT_THAT(text, HasSubstr("\ngaikei_config_last_reload_successful 0\n"));
  EXPECT_THAT(text, HasSubstr("\ngaikei_build_info{version=\"" GAIKEI_VERSION "\"} 1\n"));
}

TEST(Metrics, ShowTheAccountOfEveryUpstream) {
  UpstreamMetrics file;
  file.name = "file";
  file.produced = 20;
  file.sent = 10;
  file.rejected = 1;
  file.duplicates = 3;
  file.dropped = {{"expired", 2}, {"corrupt", 1}};
  file.spooled = 6;
  file.bytes = 700;
  file.oldest_at = WallNow() - std::chrono::hours(1);
  file.fold_level = 2;
  file.deliveries = {{"taken", 5}, {"retried", 4}};
  file.is_held_up = true;
  UpstreamMetrics idle;
  idle.name = "idle";
  MetricStore store;
  store.SetUpstreams({file, idle}, {7, 1, true});
  const std::string text = store.Render(MetricFormat::kPrometheus);
  for (const std::string line : {
           "gaikei_upstream_produced_total{upstream=\"file\"} 20",
           "gaikei_upstream_samples_total{upstream=\"file\",result=\"sent\"} 10",
           "gaikei_upstream_samples_total{upstream=\"file\",result=\"rejected\"} 1",
           "gaikei_upstream_samples_total{upstream=\"file\",result=\"dropped\"} 3",
           "gaikei_upstream_samples_total{upstream=\"idle\",result=\"dropped\"} 0",
           "gaikei_upstream_dropped_total{upstream=\"file\",reason=\"expired\"} 2",
           "gaikei_upstream_duplicates_total{upstream=\"file\"} 3",
           "gaikei_upstream_deliveries_total{upstream=\"file\",result=\"retried\"} 4",
           "gaikei_upstream_held_up{upstream=\"file\"} 1",
           "gaikei_upstream_held_up{upstream=\"idle\"} 0",
           "gaikei_spool_samples{upstream=\"file\"} 6",
           "gaikei_spool_bytes{upstream=\"file\"} 700",
           "gaikei_spool_oldest_age_seconds{upstream=\"file\"} 36",
           "gaikei_spool_oldest_age_seconds{upstream=\"idle\"} 0",
           "gaikei_spool_fold_level{upstream=\"file\"} 2",
           "gaikei_spool_errors_total 7",
           "gaikei_spool_put_aside_total 1",
           "gaikei_spool_degraded 1",
       }) {
    EXPECT_THAT(text, HasSubstr("\n" + line));
  }
}

TEST(Metrics, CountOnFromTheRecorder) {
  auto recorder = Recorder::Open({});
  ASSERT_TRUE(recorder);
  const std::vector<Outcome> before = {PassedOutcome(), SkippedOutcome(), PassedOutcome("gone")};
  (*recorder)->Record(before);
  (*recorder)->Commit();
  MetricStore store;
  store.Restore(**recorder);
  store.Observe(PassedOutcome());
  const std::string text = store.Render(MetricFormat::kPrometheus);
  EXPECT_THAT(text, HasSubstr("status=\"pass\",reason=\"\"} 2\n"));
  EXPECT_THAT(text, HasSubstr("gaikei_slots_missed_total{reason=\"prober_skipped\"} 1\n"));
  EXPECT_THAT(text, Not(HasSubstr("gone")));
}

TEST(Metrics, ACheckThatIsNotPresentDisappearsAndCountsOnWhenItComesBack) {
  MetricStore store;
  store.Observe(PassedOutcome());
  store.Observe(PassedOutcome("stays"));
  store.SetPresent({{"stays", "tokyo"}, {"home", "nowhere"}});
  EXPECT_THAT(store.Render(MetricFormat::kPrometheus), Not(HasSubstr("home")));
  // An attempt that was in flight.
  store.Observe(PassedOutcome());
  store.Observe(SkippedOutcome());
  std::string text = store.Render(MetricFormat::kPrometheus);
  EXPECT_THAT(text, Not(HasSubstr("home")));
  EXPECT_THAT(text, HasSubstr("check=\"stays\""));
  EXPECT_THAT(text, HasSubstr("gaikei_slots_missed_total{reason=\"prober_skipped\"} 1\n"));
  store.SetPresent({{"stays", "tokyo"}, {"home", "tokyo"}});
  EXPECT_THAT(store.Render(MetricFormat::kPrometheus), Not(HasSubstr("home")));
  store.Observe(PassedOutcome());
  text = store.Render(MetricFormat::kPrometheus);
  EXPECT_THAT(text, HasSubstr("status=\"pass\",reason=\"\"} 3\n"));
}

TEST(Metrics, LabelsAreMadeHarmless) {
  Outcome outcome = PassedOutcome();
  auto identity = std::make_shared<CheckIdentity>(*outcome.check);
  identity->name = "a\"b\\c\nd\xff";
  identity->labels = {{"check", "x"}, {"1st-team", "y"}, {"__name__", "z"}};
  outcome.check = identity;
  const std::string text = RenderOf(outcome);
  EXPECT_THAT(text, HasSubstr(R"(check="a\"b\\c\\x0ad\\xff")"));
  EXPECT_THAT(text, HasSubstr(R"(exported_check="x",_1st_team="y",exported___name__="z"} 1)"));
}

TEST(Metrics, OpenMetricsHasItsOwnNamesAndItsEnd) {
  const std::string text = RenderOf(PassedOutcome(), MetricFormat::kOpenMetrics);
  EXPECT_THAT(text, EndsWith("# EOF\n"));
  EXPECT_THAT(text, HasSubstr("# TYPE gaikei_outcomes counter\n"));
  EXPECT_THAT(text, HasSubstr("\ngaikei_outcomes_total{"));
  EXPECT_THAT(text, HasSubstr("# UNIT gaikei_duration_seconds seconds\n"));
  EXPECT_THAT(text, HasSubstr("le=\"1.0\"}"));
}

TEST(Metrics, EachFamilyStandsTogether) {
  MetricStore store;
  for (const char* name : {"a", "b", "c"}) store.Observe(PassedOutcome(name));
  std::istringstream lines(store.Render(MetricFormat::kPrometheus));
  std::set<std::string> seen;
  std::string family;
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("# HELP ")) {
      family = line.substr(7, line.find(' ', 7) - 7);
      EXPECT_TRUE(seen.insert(family).second) << family << " is there twice";
    } else {
      EXPECT_TRUE(line.starts_with(family) || line.starts_with("# TYPE " + family)) << line;
    }
  }
}

TEST(Metrics, PromtoolAcceptsThem) {
  MetricStore store;
  store.Observe(PassedOutcome());
  store.Observe(PassedOutcome("other"));
  store.Observe(ExpiredOutcome());
  store.Observe(SkippedOutcome());
  store.SetLoad({1, 2000, 0, 0});
  store.SetReloadSuccessful(true);
  UpstreamMetrics file;
  file.name = "file";
  file.produced = 1;
  file.sent = 1;
  file.dropped = {{"expired", 0}};
  file.deliveries = {{"taken", 1}};
  store.SetUpstreams({file}, {});
  const ScratchDir dir;
  std::ofstream(dir.path("metrics")) << store.Render(MetricFormat::kPrometheus);
  FILE* promtool =
      ::popen(("promtool check metrics < " + dir.path("metrics") + " 2>&1").c_str(), "r");
  ASSERT_NE(promtool, nullptr);
  std::string said;
  for (int c = ::fgetc(promtool); c != EOF; c = ::fgetc(promtool)) said += static_cast<char>(c);
  const int status = ::pclose(promtool);
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << said;
  EXPECT_EQ(said, "");
}

TEST(Metrics, OfOneRunAreTheLatestOutcomesAlone) {
  const std::vector<Outcome> outcomes = {TimedOutOutcome(), PassedOutcome()};
  const std::string text = RenderOnce(outcomes);
  EXPECT_THAT(text, HasSubstr(Line("probe_success", "", "1")));
  EXPECT_THAT(text, Not(HasSubstr("gaikei_")));
  EXPECT_EQ(RenderOnce({}), "");
}

TEST(Metrics, TheFormatIsNegotiated) {
  struct Row {
    const char* accept;
    MetricFormat format;
  };
  const Row rows[] = {
      {"", MetricFormat::kPrometheus},
      {"*/*", MetricFormat::kPrometheus},
      {"text/plain;version=0.0.4", MetricFormat::kPrometheus},
      {"application/openmetrics-text", MetricFormat::kOpenMetrics},
      {"application/openmetrics-text;version=1.0.0,text/plain;q=0.5", MetricFormat::kOpenMetrics},
      {"application/openmetrics-text;version=1.0.0;q=0.75,application/openmetrics-text;"
       "version=0.0.1;q=0.5,text/plain;version=0.0.4;q=0.25,*/*;q=0.1",
       MetricFormat::kOpenMetrics},
      {"text/plain, application/openmetrics-text; q=0.3", MetricFormat::kPrometheus},
      {"application/openmetrics-text;version=9.0.0", MetricFormat::kPrometheus},
      {"application/openmetrics-text;q=0", MetricFormat::kPrometheus},
      {";;,q=,=;q=x", MetricFormat::kPrometheus},
  };
  for (const Row& row : rows) EXPECT_EQ(NegotiateFormat(row.accept), row.format) << row.accept;
  EXPECT_THAT(std::string(ContentType(MetricFormat::kOpenMetrics)),
              HasSubstr("application/openmetrics-text; version=1.0.0"));
}

}  // namespace
}  // namespace gaikei::testing
