package itms

// ServiceSecret names a secret of a service.
type ServiceSecret string

// The secrets of a service.
const (
	SecretService ServiceSecret = "servicePassword" // of its account at the platform
	SecretAccess  ServiceSecret = "accessPassword"  // of its network access
)

// ServiceSecrets lists them.
var ServiceSecrets = []ServiceSecret{SecretService, SecretAccess}
