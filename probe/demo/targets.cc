#include "probe/demo/targets.h"

#include <fmt/format.h>

#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <stdexcept>

#include "probe/demo/name_server.h"
#include "probe/demo/sockets.h"
#include "probe/demo/web_server.h"

namespace gaikei::demo {
namespace {

constexpr std::string_view kZone = "gaikei.test";
constexpr Span kDay = std::chrono::hours(24);
constexpr Span kSlowness = std::chrono::milliseconds(800);

/// A directory of our own, gone with its content at the end.
class PrivateDir {
 public:
  PrivateDir() {
    std::error_code error;
    const std::filesystem::path base = std::filesystem::temp_directory_path(error);
    std::string path = (error ? std::filesystem::path("/tmp") : base) / "gaikei-demo-XXXXXX";
    if (mkdtemp(path.data()) == nullptr) throw std::runtime_error("cannot make " + path);
    path_ = path;
  }
  ~PrivateDir() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  PrivateDir(const PrivateDir&) = delete;
  PrivateDir& operator=(const PrivateDir&) = delete;

  std::string Write(std::string_view name, std::string_view content) const {
    const std::filesystem::path path = path_ / name;
    std::ofstream file(path);
    file << content;
    file.close();
    if (!file) throw std::runtime_error("cannot write " + path.string());
    return path.string();
  }

 private:
  std::filesystem::path path_;
};

template <typename T>
T OrThrow(tl::expected<T, std::string> result) {
  if (!result) throw std::runtime_error(result.error());
  return std::move(*result);
}

std::string NameOf(std::string_view host) { return fmt::format("{}.{}", host, kZone); }

}  // namespace

struct DemoTargets::Impl {
  PrivateDir directory;
  std::atomic<unsigned> flaps{0};
  std::vector<DemoCase> cases;
  std::string config_file;
  std::unique_ptr<NameServer> names;
  RefusedPort refused;
  BlackHole hole;
  // Their threads use what stands above.
  std::unique_ptr<WebServer> plain;
  std::unique_ptr<WebServer> healthy;
  std::unique_ptr<WebServer> expired;
  std::unique_ptr<WebServer> misnamed;
  std::unique_ptr<WebServer> expiring;

  WebAnswer Answer(const std::string& path) {
    if (path == "/slow") return {.delay = kSlowness};
    if (path == "/error") return {.status = 500, .body = "something broke\n"};
    if (path == "/stalled") return {.body = "this is how it begins", .stalls = true};
    if (path == "/flapping" && flaps++ % 2 == 0) return {.status = 503, .body = "come back\n"};
    return {};
  }

  std::unique_ptr<WebServer> StartWeb(const io::CertifiedKey* identity) {
    return OrThrow(
        WebServer::Start([this](const std::string& path) { return Answer(path); }, identity));
  }

  /// Servers with their certificates; gives the path of the root's file.
  std::string StartServers() {
    const WallTime now = WallNow();
    const io::CertifiedKey root = io::MakeCertificate({.common_name = "gaikei demo root",
                                                       .not_before = now - 400 * kDay,
                                                       .not_after = now + 30 * kDay,
                                                       .is_ca = true});
    const auto issue = [&](std::string_view host, Span age, Span left) {
      const std::string name = NameOf(host);
      return io::MakeCertificate({.common_name = name,
                                  .dns_names = {name},
                                  .not_before = now - age,
                                  .not_after = now + left,
                                  .issuer = &root});
    };
    const io::CertifiedKey good = issue("healthy", kDay, 29 * kDay);
    const io::CertifiedKey old = issue("expired", 93 * kDay, -3 * kDay);
    const io::CertifiedKey other = issue("somebody-else", kDay, 29 * kDay);
    const io::CertifiedKey soon = issue("expires-soon", 85 * kDay, 5 * kDay);
    names = OrThrow(NameServer::Start(std::string(kZone)));
    refused = OrThrow(RefusedPort::Open());
    hole = OrThrow(BlackHole::Open());
    plain = StartWeb(nullptr);
    healthy = StartWeb(&good);
    expired = StartWeb(&old);
    misnamed = StartWeb(&other);
    expiring = StartWeb(&soon);
    return directory.Write("root.pem", root.certificate);
  }

  /// The list of what the demo shows.
  void ListCases(const std::string& root_file) {
    const auto url = [](std::string_view scheme, std::string_view host, std::uint16_t port,
                        std::string_view path) {
      return fmt::format("{}://{}:{}{}", scheme, NameOf(host), port, path);
    };
    const std::string trust = fmt::format("cacert = \"{}\"", root_file);
    const std::string is_ok = "expect = [\"status == 200\"]";
    cases = {
        {"healthy",
         "answers at once over HTTPS",
         url("https", "healthy", healthy->port(), "/"),
         "5s",
         {trust, "expect = [\"status == 200\", \"body contains 'hello'\"]"}},
        {"slow",
         "takes 800 ms, 500 ms are wished for",
         url("http", "slow", plain->port(), "/slow"),
         "5s",
         {is_ok, "warn = [\"duration < 500ms\"]"},
         Status::kWarn,
         Reason::kExpectDuration},
        {"flapping",
         "answers 503 and 200 in turn",
         url("http", "flapping", plain->port(), "/flapping"),
         "5s",
         {is_ok},
         Status::kFail,
         Reason::kExpectStatus},
        {"error",
         "answers 500",
         url("http", "error", plain->port(), "/error"),
         "5s",
         {is_ok},
         Status::kFail,
         Reason::kExpectStatus},
        {"expired",
         "its certificate ran out 3 days ago",
         url("https", "expired", expired->port(), "/"),
         "5s",
         {trust},
         Status::kFail,
         Reason::kTlsCertExpired},
        {"expires-soon",
         "its certificate has 5 days left",
         fmt::format("tls://{}:{}", NameOf("expires-soon"), expiring->port()),
         "5s",
         {trust},
         Status::kWarn,
         Reason::kExpectCertificate},
        {"wrong-name",
         "shows a certificate of somebody else",
         url("https", "wrong-name", misnamed->port(), "/"),
         "5s",
         {trust},
         Status::kFail,
         Reason::kTlsCertNameMismatch},
        {"refused",
         "nothing listens there",
         url("http", "refused", refused.port(), "/"),
         "5s",
         {},
         Status::kFail,
         Reason::kConnectRefused},
        {"black-hole",
         "drops connection requests",
         url("http", "black-hole", hole.port(), "/"),
         "1s",
         {},
         Status::kFail,
         Reason::kConnectTimeout},
        {"no-such-name",
         "its name does not exist",
         url("http", "nowhere", plain->port(), "/"),
         "5s",
         {},
         Status::kFail,
         Reason::kDnsNxdomain},
        {"zone",
         "a name server that answers",
         fmt::format("dns://127.0.0.1:{}/{}?type=A", names->port(), NameOf("healthy")),
         "5s",
         {"expect = [\"rcode == NOERROR\", \"answer contains '127.0.0.1'\"]"}},
        {"stalled",
         "begins its answer and never ends it",
         url("http", "stalled", plain->port(), "/stalled"),
         "1s",
         {},
         Status::kFail,
         Reason::kTransferTimeout},
    };
  }

  void WriteConfig(std::string_view listen) {
    std::string toml = fmt::format(
        "[probe]\nlisten = \"{}\"\n\n[defaults]\nevery = \"5s\"\n\n"
        "[region.{}]\ntitle = \"This machine\"\nresolver = [\"127.0.0.1:{}\"]\n",
        listen, kRegion, names->port());
    for (const DemoCase& each : cases) {
      toml += fmt::format("\n# {}\n[check.{}]\ntarget = \"{}\"\ntimeout = \"{}\"\n", each.does,
                          each.name, each.target, each.timeout);
      for (const std::string& line : each.settings) toml += line + "\n";
    }
    config_file = directory.Write("gaikei.toml", toml);
  }
};

DemoTargets::DemoTargets(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
DemoTargets::~DemoTargets() = default;

const std::vector<DemoCase>& DemoTargets::cases() const { return impl_->cases; }
const std::string& DemoTargets::config_file() const { return impl_->config_file; }

tl::expected<std::unique_ptr<DemoTargets>, std::string> DemoTargets::Start(
    std::string_view listen) {
  if (listen.find_first_of("\"\\\n") != std::string_view::npos) {
    return tl::unexpected(std::string("--listen is no ADDRESS:PORT"));
  }
  try {
    auto impl = std::make_unique<Impl>();
    impl->ListCases(impl->StartServers());
    impl->WriteConfig(listen);
    return std::unique_ptr<DemoTargets>(new DemoTargets(std::move(impl)));
  } catch (const std::exception& error) {
    return tl::unexpected(std::string(error.what()));
  }
}

}  // namespace gaikei::demo
