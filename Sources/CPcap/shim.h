// libpcap: nothing here needs a shim.
#pragma once
#include <pcap/pcap.h>
