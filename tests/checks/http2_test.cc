/// HTTP/2 against a real server: nginx, as a child of the test, with a configuration of its own.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <sys/wait.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include "checks/io/tls/certificate_maker.h"
#include "tests/checks/http_rig.h"
#include "tests/support/socket.h"

extern char** environ;

namespace gaikei {
namespace {

using testing::HasSubstr;

class Nginx {
 public:
  Nginx() {
    std::filesystem::permissions(folder_, std::filesystem::perms::all);
    const io::CertifiedKey root = io::MakeCertificate({.common_name = "Root", .is_ca = true});
    const io::CertifiedKey leaf =
        io::MakeCertificate({.addresses = {"127.0.0.1"}, .issuer = &root});
    Write("root.pem", root.certificate);
    Write("chain.pem", leaf.Chain());
    Write("key.pem", leaf.key);
    port_ = support::PortOf(support::BindSocket(SOCK_STREAM, "127.0.0.1", 0).get());
    Write("nginx.conf", Configuration());
    std::string program = "nginx";
    std::vector<std::string> words = {
        program, "-e", folder_ + "/error.log", "-c", folder_ + "/nginx.conf", "-g", "daemon off;"};
    std::vector<char*> arguments;
    for (std::string& word : words) arguments.push_back(word.data());
    arguments.push_back(nullptr);
    EXPECT_EQ(posix_spawnp(&pid_, "nginx", nullptr, nullptr, arguments.data(), environ), 0);
    const auto limit = std::chrono::steady_clock::now() + support::kFailsafe;
    while (!support::Accepts("127.0.0.1", port_)) {
      if (std::chrono::steady_clock::now() > limit || waitpid(pid_, nullptr, WNOHANG) == pid_) {
        ADD_FAILURE() << "nginx did not come up";
        pid_ = -1;
        return;
      }
      std::this_thread::yield();
    }
  }
  ~Nginx() {
    if (pid_ > 0) {
      kill(pid_, SIGTERM);
      waitpid(pid_, nullptr, 0);
    }
    std::filesystem::remove_all(folder_);
  }
  Nginx(const Nginx&) = delete;
  Nginx& operator=(const Nginx&) = delete;

  CheckSpec Spec(const std::string& path) const {
    CheckSpec spec = HttpSpec("https://127.0.0.1:" + std::to_string(port_) + path);
    spec.tls.cacert = folder_ + "/root.pem";
    return spec;
  }

 private:
  static std::string MakeFolder() {
    std::string name = testing::TempDir() + "gaikei-nginx-XXXXXX";
    return mkdtemp(name.data());
  }
  void Write(const std::string& name, const std::string& text) const {
    std::ofstream(folder_ + "/" + name) << text;
  }
  std::string Configuration() const {
    std::string temporary;
    for (const std::string kind : {"client_body", "proxy", "fastcgi", "uwsgi", "scgi"}) {
      temporary += kind + "_temp_path " + folder_ + "/" + kind + ";\n";
    }
    return "worker_processes 1;\npid " + folder_ + "/pid;\nevents {}\nhttp {\naccess_log off;\n" +
           temporary + "server {\nlisten 127.0.0.1:" + std::to_string(port_) +
           " ssl http2;\nssl_certificate " + folder_ + "/chain.pem;\nssl_certificate_key " +
           folder_ +
           "/key.pem;\n"
           "location = /moved { return 301 /; }\n"
           "location = /abort { return 444; }\n"
           "location / { return 200 \"$server_protocol\"; }\n}\n}\n";
  }

  const std::string folder_ = MakeFolder();
  std::uint16_t port_ = 0;
  pid_t pid_ = -1;
};

TEST(Http2, IsSpokenWhereItIsOffered) {
  const Nginx nginx;
  const Observation seen = RunHttp(nginx.Spec("/moved"));
  EXPECT_EQ(Verdict(seen), "pass") << seen.message;
  EXPECT_EQ(seen.http->version, "2");
  EXPECT_EQ(seen.http->redirects.size(), 1U);
  EXPECT_EQ(seen.tls->alpn, "h2");
  EXPECT_EQ(seen.http->size, std::string("HTTP/2.0").size());
  EXPECT_TRUE(seen.phases[Phase::kProcessing]);
}

TEST(Http2, IsLeftAloneWhereHttp11IsAskedFor) {
  const Nginx nginx;
  CheckSpec spec = nginx.Spec("/");
  spec.http.version = HttpVersion::k1_1;
  const Observation seen = RunHttp(spec);
  EXPECT_EQ(Verdict(seen), "pass") << seen.message;
  EXPECT_EQ(seen.http->version, "1.1");
  EXPECT_EQ(seen.tls->alpn, "http/1.1");
}

TEST(Http2, ConnectionThatEndsUnderAnOpenStreamIsNoAnswer) {
  const Nginx nginx;
  const Observation seen = RunHttp(nginx.Spec("/abort"));
  EXPECT_THAT(seen.reason, testing::AnyOf(Reason::kTruncated, Reason::kProtocolError))
      << Verdict(seen) << ": " << seen.message;
  EXPECT_EQ(seen.phase, Phase::kProcessing);
}

}  // namespace
}  // namespace gaikei
