func page() -> [UInt8] { PackageResources.Report_html }
