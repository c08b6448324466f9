#pragma once

#include <string>

#include "results/outcome.h"

struct X509_name_st;
struct x509_st;

namespace gaikei::io {

/// Everything an outcome says about one certificate. Pure; texts escaped.
CertificateInfo DescribeCertificate(x509_st* certificate);

/// RFC 2253 order, escaped.
std::string NameText(const X509_name_st* name);

}  // namespace gaikei::io
