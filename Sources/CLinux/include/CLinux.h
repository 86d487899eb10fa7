// Linux calls that Swift's Glibc module leaves out, because it is built without _GNU_SOURCE.
#pragma once
