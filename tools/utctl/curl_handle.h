// libcurl's handles with owners.
#pragma once

#include <curl/curl.h>

#include <memory>

namespace ut::utctl {

struct EasyRelease {
  void operator()(CURL* easy) const { curl_easy_cleanup(easy); }
};
struct ListRelease {
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};
using Easy = std::unique_ptr<CURL, EasyRelease>;
using List = std::unique_ptr<curl_slist, ListRelease>;

}  // namespace ut::utctl
