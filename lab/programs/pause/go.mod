module slsa-build-platform.test/lab/pause

go 1.26
